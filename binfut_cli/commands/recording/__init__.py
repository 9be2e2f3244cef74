"""What reads recordings: `binfut replay`, `binfut diff`, `binfut summary`.

Knows which records are shown, how fast, and how what is wrong with a file is told.

Imports commands, commands.account, commands.options, commands.process, commands.watch,
commands.watch.live, recording, recording.summary, render, render.account, render.recording,
render.watch, render.watch.live, render.watch.live.frames, stream, resources, resources.conditions,
resources.result, api, codec, endpoints, errors.
"""
