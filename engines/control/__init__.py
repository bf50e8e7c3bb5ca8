"""What the performer wishes: parameter tree, commands, the control and its desk.

state    the frozen Control
tree     every parameter: address, arguments, range, when it takes effect; the one source of all surfaces
command  packet contents -> Command or Rejected
fold     apply(control, command) -> control, the only writer
past     the steps that can be undone
desk     wishes with their due times; what is in force at a bar line
"""
