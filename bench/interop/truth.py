"""What binfut says of the same account, as the program itself prints it."""

import json
import os
import subprocess
import sys
from typing import Any

from binfut_cli.codec import decimal
from binfut_cli.sandbox import Sandbox

Rows = dict[str, Any]


def told_by_binfut(sandbox: Sandbox, market: str) -> dict[str, Rows]:
    """Balances, positions and income, as the jobs tell theirs; what is nothing is left out."""
    status = _told(sandbox, market, "status")
    return {
        "balances": {
            row["asset"]: row["walletBalance"]
            for row in status["assets"]
            if decimal(row["walletBalance"])
        },
        "positions": {
            f"{row['symbol']} {row['positionSide']}": [
                row["positionAmt"], row["entryPrice"], row["unrealizedProfit"],
            ]
            for row in status["positions"]
            if decimal(row["positionAmt"])
        },
        "income": {
            f"{row['tranId']} {row['incomeType']} {row['asset']}": row["income"]
            for row in _told(sandbox, market, "income")["flows"]
        },
    }  # fmt: skip


def _told(sandbox: Sandbox, market: str, question: str) -> Any:
    account = sandbox.accounts[0]
    keys = {"BINFUT_API_KEY": account.api_key, "BINFUT_API_SECRET": account.secret}
    where = ("--rest-url", sandbox.rest[market], "--ws-api-url", sandbox.ws_api[market])
    command = ("-m", "binfut_cli", "account", question, "-m", market, "-e", "sandbox", *where)
    environment = {**os.environ, **keys, "BINFUT_ENV": "sandbox"}
    ran = subprocess.run(
        [sys.executable, *command, "--json", "--no-key-check"],
        env=environment, check=True, capture_output=True,
    )  # fmt: skip
    return json.loads(ran.stdout)
