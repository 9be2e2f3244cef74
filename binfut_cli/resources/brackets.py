"""The leverage brackets of a market's symbols, as this account has them: `leverageBracket`.

Weight 1 on usdm, 2 on coinm, over REST: the WebSocket API has no method for it.
"""

from binfut_cli.api.client import AccountClient, Get
from binfut_cli.codec import Row, rows_of
from binfut_cli.endpoints import Market

_PATHS = {
    Market.USDM: "/fapi/v1/leverageBracket",
    Market.COINM: "/dapi/v2/leverageBracket",
}


def brackets(account: AccountClient) -> list[Row]:
    """Ask for the brackets of all symbols."""
    path = _PATHS[account.market]
    (answer,) = account.get(Get(path))
    return rows_of(answer, path)
