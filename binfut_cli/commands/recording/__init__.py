"""What reads recordings: `binfut replay`, `binfut diff`, `binfut summary`.

Knows which records are shown, how fast, and how what is wrong with a file is told.

Imports commands, commands.account, commands.options, commands.process, commands.watch,
commands.watch.live, commands.watch.recording, render, render.account, render.recording,
render.watch, render.watch.live, render.watch.live.frames, recording, recording.broker,
recording.moments, recording.summary, stream, resources, resources.conditions, resources.result,
api, codec, endpoints, errors.
"""
