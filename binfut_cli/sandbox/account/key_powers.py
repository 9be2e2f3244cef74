"""What an account's keys may do, as `/sapi/v1/account/apiRestrictions` tells it.

Source: https://developers.binance.com/docs/wallet/account/api-key-permission
"""

from types import MappingProxyType

from binfut_cli.sandbox.account.rows import JSON, AccountState

CREATED_MS = 1698645219000
READ_ONLY = MappingProxyType(
    {
        "ipRestrict": False,
        "enableReading": True,
        "enableWithdrawals": False,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableFutures": False,
        "permitsUniversalTransfer": False,
        "enableVanillaOptions": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
        "enableSpotAndMarginTrading": False,
        "enablePortfolioMarginTrading": False,
    }
)


def restrictions(account: AccountState) -> JSON:
    """Answer for any key of the account; nothing here is enforced."""
    return {"createTime": CREATED_MS, **READ_ONLY, **account.key_powers}
