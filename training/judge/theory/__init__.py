"""How right the theory analysis is: people's analyses, music21's and ours of the same songs.

truth, songs      what people say, read from the data folders; the split
fit               idioms counted on the train side: `python -m training.judge.theory --data FOLDER`
opinion, rival    what the engine, a baseline and music21 say
marks, card       how right that is; every figure under its stable name
"""
