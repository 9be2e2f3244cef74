"""Texts that try to harm whoever prints them: terminals, markup, layouts, file formats."""

HOSTILE_TEXTS = (
    "\x1b[2J\x1b[HPWNED",  # clears the screen
    "\x1b]0;owned\x07BTCUSDT",  # OSC: sets the window title
    "\x1b]52;c;cm0gLXJm\x07",  # OSC 52: writes the clipboard
    "\x1b]8;;http://example.invalid\x1b\\link\x1b]8;;\x1b\\",  # OSC 8: a false link
    "\x9b31mRED",  # CSI as a C1 control
    "BTC\rETHUSDT",  # overprints the line
    "BTC\nUSDT\t100",  # breaks lines and columns
    "BTC\x00USDT",
    "\u202eTDSUCTB",  # right-to-left override
    "BTC\u2066USDT\u2069",  # isolates
    "BTC\u200bUSDT\ufeff",  # invisible characters
    "[bold red]BTCUSDT[/]",  # rich markup
    "[link=http://example.invalid]BTC[/link]",
    "[/nothing]",  # rich markup that does not parse
    "=cmd|' /C calc'!A0",  # a spreadsheet formula
    '","injected":"1',
    "测试" * 20,  # twice as wide as long
    "e\u0301" * 40,  # combining marks
    "👩‍👩‍👧‍👦USDT",
    "A" * 2000,
)
