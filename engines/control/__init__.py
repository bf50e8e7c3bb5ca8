"""What the performer wishes: parameter tree, commands, the control and its desk."""
