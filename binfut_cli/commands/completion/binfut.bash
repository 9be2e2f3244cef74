# bash completion for binfut
# Generated from the commands: python -m tools.manual

_binfut_offer() {  # words of which one may stand here
    local word
    for word in "$@"; do
        [[ $prefix$word == "$current"* ]] && COMPREPLY+=("$prefix$word")
    done
}

_binfut_offer_several() {  # words of which several may stand here, with commas between
    [[ $current == *,* ]] && prefix=$prefix${current:${#prefix}} && prefix=${prefix%,*},
    compopt -o nospace 2>/dev/null
    _binfut_offer "$@"
}

_binfut_offer_profiles() {  # those of the user, read from the configuration
    local name folder=${XDG_CONFIG_HOME:-}
    [[ $folder == /* ]] || folder=$HOME/.config
    folder=${BINFUT_CONFIG_DIR:-$folder/binfut}
    [[ -r $folder/config.toml ]] || return 0
    while IFS= read -r name; do
        [[ $name == '[profiles.'*']' ]] || continue
        name=${name#*.} name=${name%]}
        [[ $name == *[!A-Za-z0-9_-]* ]] || _binfut_offer "$name"
    done < "$folder/config.toml"
}

_binfut_offer_files() {
    local name
    compopt -o filenames 2>/dev/null
    while IFS= read -r name; do
        COMPREPLY+=("$prefix$name")
    done < <(compgen -f -- "${current:${#prefix}}")
}

_binfut_at() {  # what a command knows: its commands, options, and options with a value
    commands=() options=() valued=''
    case $at in
        binfut)
            commands=(account status balances positions config orders commission income watch replay follow diff summary profile doctor schema sandbox completion)
            options=(-V --version -h --help)
            valued='  '
            ;;
        'binfut account')
            commands=(status balances positions config orders commission income)
            options=(-h --help)
            valued='  '
            ;;
        'binfut account status')
            commands=()
            options=(-m --market -e --env -p --profile -o --output --json --fields --all --fail-if --export --color --palette --tz -q --quiet --debug --timeout --no-key-check --i-know-this-key-can-withdraw --sandbox --rest-url --ws-api-url -h --help)
            valued=' -m --market -e --env -p --profile -o --output --fields --fail-if --export --color --palette --tz --timeout --sandbox --rest-url --ws-api-url '
            ;;
        'binfut account balances')
            commands=()
            options=(-w --watch --every --stream-url -m --market -e --env -p --profile -o --output --json --fields --all --fail-if --export --color --palette --tz -q --quiet --debug --timeout --no-key-check --i-know-this-key-can-withdraw --sandbox --rest-url --ws-api-url -h --help)
            valued=' --every --stream-url -m --market -e --env -p --profile -o --output --fields --fail-if --export --color --palette --tz --timeout --sandbox --rest-url --ws-api-url '
            ;;
        'binfut account positions')
            commands=()
            options=(-w --watch --every --stream-url -m --market -e --env -p --profile -o --output --json --fields --all --fail-if --export --color --palette --tz -q --quiet --debug --timeout --no-key-check --i-know-this-key-can-withdraw --sandbox --rest-url --ws-api-url -h --help)
            valued=' --every --stream-url -m --market -e --env -p --profile -o --output --fields --fail-if --export --color --palette --tz --timeout --sandbox --rest-url --ws-api-url '
            ;;
        'binfut account config')
            commands=()
            options=(--symbol -m --market -e --env -p --profile -o --output --json --fields --all --fail-if --export --color --palette --tz -q --quiet --debug --timeout --no-key-check --i-know-this-key-can-withdraw --sandbox --rest-url --ws-api-url -h --help)
            valued=' --symbol -m --market -e --env -p --profile -o --output --fields --fail-if --export --color --palette --tz --timeout --sandbox --rest-url --ws-api-url '
            ;;
        'binfut account orders')
            commands=()
            options=(--symbol -m --market -e --env -p --profile -o --output --json --fields --all --fail-if --export --color --palette --tz -q --quiet --debug --timeout --no-key-check --i-know-this-key-can-withdraw --sandbox --rest-url --ws-api-url -h --help)
            valued=' --symbol -m --market -e --env -p --profile -o --output --fields --fail-if --export --color --palette --tz --timeout --sandbox --rest-url --ws-api-url '
            ;;
        'binfut account commission')
            commands=()
            options=(--symbol -m --market -e --env -p --profile -o --output --json --fields --all --fail-if --export --color --palette --tz -q --quiet --debug --timeout --no-key-check --i-know-this-key-can-withdraw --sandbox --rest-url --ws-api-url -h --help)
            valued=' --symbol -m --market -e --env -p --profile -o --output --fields --fail-if --export --color --palette --tz --timeout --sandbox --rest-url --ws-api-url '
            ;;
        'binfut account income')
            commands=()
            options=(--since --from --to --type --symbol --by --chart --max-weight -m --market -e --env -p --profile -o --output --json --fields --all --fail-if --export --color --palette --tz -q --quiet --debug --timeout --no-key-check --i-know-this-key-can-withdraw --sandbox --rest-url --ws-api-url -h --help)
            valued=' --since --from --to --type --symbol --by --max-weight -m --market -e --env -p --profile -o --output --fields --fail-if --export --color --palette --tz --timeout --sandbox --rest-url --ws-api-url '
            ;;
        'binfut status')
            commands=()
            options=(-m --market -e --env -p --profile -o --output --json --fields --all --fail-if --export --color --palette --tz -q --quiet --debug --timeout --no-key-check --i-know-this-key-can-withdraw --sandbox --rest-url --ws-api-url -h --help)
            valued=' -m --market -e --env -p --profile -o --output --fields --fail-if --export --color --palette --tz --timeout --sandbox --rest-url --ws-api-url '
            ;;
        'binfut balances')
            commands=()
            options=(-w --watch --every --stream-url -m --market -e --env -p --profile -o --output --json --fields --all --fail-if --export --color --palette --tz -q --quiet --debug --timeout --no-key-check --i-know-this-key-can-withdraw --sandbox --rest-url --ws-api-url -h --help)
            valued=' --every --stream-url -m --market -e --env -p --profile -o --output --fields --fail-if --export --color --palette --tz --timeout --sandbox --rest-url --ws-api-url '
            ;;
        'binfut positions')
            commands=()
            options=(-w --watch --every --stream-url -m --market -e --env -p --profile -o --output --json --fields --all --fail-if --export --color --palette --tz -q --quiet --debug --timeout --no-key-check --i-know-this-key-can-withdraw --sandbox --rest-url --ws-api-url -h --help)
            valued=' --every --stream-url -m --market -e --env -p --profile -o --output --fields --fail-if --export --color --palette --tz --timeout --sandbox --rest-url --ws-api-url '
            ;;
        'binfut config')
            commands=()
            options=(--symbol -m --market -e --env -p --profile -o --output --json --fields --all --fail-if --export --color --palette --tz -q --quiet --debug --timeout --no-key-check --i-know-this-key-can-withdraw --sandbox --rest-url --ws-api-url -h --help)
            valued=' --symbol -m --market -e --env -p --profile -o --output --fields --fail-if --export --color --palette --tz --timeout --sandbox --rest-url --ws-api-url '
            ;;
        'binfut orders')
            commands=()
            options=(--symbol -m --market -e --env -p --profile -o --output --json --fields --all --fail-if --export --color --palette --tz -q --quiet --debug --timeout --no-key-check --i-know-this-key-can-withdraw --sandbox --rest-url --ws-api-url -h --help)
            valued=' --symbol -m --market -e --env -p --profile -o --output --fields --fail-if --export --color --palette --tz --timeout --sandbox --rest-url --ws-api-url '
            ;;
        'binfut commission')
            commands=()
            options=(--symbol -m --market -e --env -p --profile -o --output --json --fields --all --fail-if --export --color --palette --tz -q --quiet --debug --timeout --no-key-check --i-know-this-key-can-withdraw --sandbox --rest-url --ws-api-url -h --help)
            valued=' --symbol -m --market -e --env -p --profile -o --output --fields --fail-if --export --color --palette --tz --timeout --sandbox --rest-url --ws-api-url '
            ;;
        'binfut income')
            commands=()
            options=(--since --from --to --type --symbol --by --chart --max-weight -m --market -e --env -p --profile -o --output --json --fields --all --fail-if --export --color --palette --tz -q --quiet --debug --timeout --no-key-check --i-know-this-key-can-withdraw --sandbox --rest-url --ws-api-url -h --help)
            valued=' --since --from --to --type --symbol --by --max-weight -m --market -e --env -p --profile -o --output --fields --fail-if --export --color --palette --tz --timeout --sandbox --rest-url --ws-api-url '
            ;;
        'binfut watch')
            commands=()
            options=(-m --market -e --env -p --profile --profiles --all-profiles -o --output --json --raw --events --symbol --detail --limit --duration --strict --redundant --max-weight --record --rotate --resume --to --maxlen --minid --replicas --share --live --export --speed --alert --alert-again --until --exec --notify --metrics --i-know-others-can-read-metrics --color --palette --tz -q --quiet --timeout --no-key-check --i-know-this-key-can-withdraw --sandbox --rest-url --ws-api-url --stream-url -h --help)
            valued=' -m --market -e --env -p --profile --profiles -o --output --events --symbol --limit --duration --max-weight --record --rotate --resume --to --maxlen --minid --replicas --share --export --speed --alert --alert-again --until --exec --metrics --color --palette --tz --timeout --sandbox --rest-url --ws-api-url --stream-url '
            ;;
        'binfut replay')
            commands=()
            options=(--at --show --from --to --speed --live --export --step --events --symbol --detail -m --market -p --profile -o --output --json --fields --all --fail-if --color --palette --tz -q --quiet -h --help)
            valued=' --at --show --from --to --speed --export --events --symbol -m --market -p --profile -o --output --fields --fail-if --color --palette --tz '
            ;;
        'binfut follow')
            commands=()
            options=(--from-beginning --at --group --take-over --limit --duration --live --events --symbol --detail -m --market -p --profile -o --output --json --color --palette --tz -q --quiet --timeout -h --help)
            valued=' --at --group --take-over --limit --duration --events --symbol -m --market -p --profile -o --output --color --palette --tz --timeout '
            ;;
        'binfut diff')
            commands=()
            options=(-m --market -p --profile -o --output --json --fields --fail-if --color --palette --tz -q --quiet --timeout --no-key-check --i-know-this-key-can-withdraw -h --help)
            valued=' -m --market -p --profile -o --output --fields --fail-if --color --palette --tz --timeout '
            ;;
        'binfut summary')
            commands=()
            options=(--from --to --html -m --market -p --profile -o --output --json --fields --fail-if --color --palette --tz -q --quiet -h --help)
            valued=' --from --to --html -m --market -p --profile -o --output --fields --fail-if --color --palette --tz '
            ;;
        'binfut profile')
            commands=(add list show remove default)
            options=(--install-completion --show-completion -h --help)
            valued='  '
            ;;
        'binfut profile add')
            commands=()
            options=(-e --env -m --market -o --output --private-key-file --secret-stdin --secret-file --store --default --no-check --no-key-check --i-know-this-key-can-withdraw -q --quiet --timeout --rest-url --ws-api-url --stream-url -h --help)
            valued=' -e --env -m --market -o --output --private-key-file --secret-file --store --timeout --rest-url --ws-api-url --stream-url '
            ;;
        'binfut profile list')
            commands=()
            options=(--json -h --help)
            valued='  '
            ;;
        'binfut profile show')
            commands=()
            options=(--json -h --help)
            valued='  '
            ;;
        'binfut profile remove')
            commands=()
            options=(-q --quiet -h --help)
            valued='  '
            ;;
        'binfut profile default')
            commands=()
            options=(-q --quiet -h --help)
            valued='  '
            ;;
        'binfut doctor')
            commands=()
            options=(-m --market -e --env -p --profile --json --report --color --palette -q --quiet --no-key-check --i-know-this-key-can-withdraw --timeout --sandbox --rest-url --ws-api-url --stream-url -h --help)
            valued=' -m --market -e --env -p --profile --report --color --palette --timeout --sandbox --rest-url --ws-api-url --stream-url '
            ;;
        'binfut schema')
            commands=()
            options=(-h --help)
            valued='  '
            ;;
        'binfut sandbox')
            commands=(serve)
            options=(-h --help)
            valued='  '
            ;;
        'binfut sandbox serve')
            commands=()
            options=(--port --tls --story --no-story --speed --seed --fault --time-speed -h --help)
            valued=' --port --speed --seed --fault --time-speed '
            ;;
        'binfut completion')
            commands=()
            options=(-h --help)
            valued='  '
            ;;
    esac
}

_binfut_values() {  # what an option, or the argument with this number, takes
    case "$at $1" in
        'binfut account status -m' | 'binfut account status --market') _binfut_offer usdm coinm all ;;
        'binfut account status -e' | 'binfut account status --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut account status -p' | 'binfut account status --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut account status -o' | 'binfut account status --output') _binfut_offer table wide json ndjson csv ;;
        'binfut account status --fields') _binfut_offer_several totalInitialMargin totalMaintMargin totalWalletBalance totalUnrealizedProfit totalMarginBalance totalPositionInitialMargin totalOpenOrderInitialMargin totalCrossWalletBalance totalCrossUnPnl availableBalance maxWithdrawAmount multiAssetsMargin feeTier canTrade canDeposit canWithdraw totalsUnit marginRatio asset walletBalance unrealizedProfit marginBalance maintMargin initialMargin positionInitialMargin openOrderInitialMargin crossWalletBalance crossUnPnl marginAvailable updateTime symbol positionAmt positionSide entryPrice breakEvenPrice markPrice liquidationPrice notional notionalValue leverage isolated marginType isolatedMargin isolatedWallet bidNotional askNotional marginAsset adl maxQty liquidationDistance roe contractSize sizeCoin sizeUsd ;;
        'binfut account status --color') _binfut_offer auto always never ;;
        'binfut account status --palette') _binfut_offer default colorblind mono ;;
        'binfut account balances -m' | 'binfut account balances --market') _binfut_offer usdm coinm all ;;
        'binfut account balances -e' | 'binfut account balances --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut account balances -p' | 'binfut account balances --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut account balances -o' | 'binfut account balances --output') _binfut_offer table wide json ndjson csv ;;
        'binfut account balances --fields') _binfut_offer_several asset balance crossWalletBalance crossUnPnl availableBalance maxWithdrawAmount withdrawAvailable marginAvailable accountAlias updateTime marginRatio ;;
        'binfut account balances --color') _binfut_offer auto always never ;;
        'binfut account balances --palette') _binfut_offer default colorblind mono ;;
        'binfut account positions -m' | 'binfut account positions --market') _binfut_offer usdm coinm all ;;
        'binfut account positions -e' | 'binfut account positions --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut account positions -p' | 'binfut account positions --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut account positions -o' | 'binfut account positions --output') _binfut_offer table wide json ndjson csv ;;
        'binfut account positions --fields') _binfut_offer_several symbol positionAmt positionSide entryPrice breakEvenPrice markPrice liquidationPrice unrealizedProfit notional notionalValue leverage isolated marginType isolatedMargin isolatedWallet initialMargin maintMargin positionInitialMargin openOrderInitialMargin bidNotional askNotional marginAsset adl maxQty updateTime liquidationDistance marginRatio roe contractSize sizeCoin sizeUsd ;;
        'binfut account positions --color') _binfut_offer auto always never ;;
        'binfut account positions --palette') _binfut_offer default colorblind mono ;;
        'binfut account config -m' | 'binfut account config --market') _binfut_offer usdm coinm all ;;
        'binfut account config -e' | 'binfut account config --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut account config -p' | 'binfut account config --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut account config -o' | 'binfut account config --output') _binfut_offer table wide json ndjson csv ;;
        'binfut account config --fields') _binfut_offer_several symbol leverage marginType isAutoAddMargin maxNotionalValue maxQty ;;
        'binfut account config --color') _binfut_offer auto always never ;;
        'binfut account config --palette') _binfut_offer default colorblind mono ;;
        'binfut account orders -m' | 'binfut account orders --market') _binfut_offer usdm coinm all ;;
        'binfut account orders -e' | 'binfut account orders --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut account orders -p' | 'binfut account orders --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut account orders -o' | 'binfut account orders --output') _binfut_offer table wide json ndjson csv ;;
        'binfut account orders --fields') _binfut_offer_several symbol side orderId algoId clientOrderId clientAlgoId type orderType status algoStatus positionSide price stopPrice triggerPrice activatePrice priceRate callbackRate origQty quantity executedQty reduceOnly closePosition timeInForce time createTime updateTime triggerTime goodTillDate markPrice distance ;;
        'binfut account orders --color') _binfut_offer auto always never ;;
        'binfut account orders --palette') _binfut_offer default colorblind mono ;;
        'binfut account commission -m' | 'binfut account commission --market') _binfut_offer usdm coinm all ;;
        'binfut account commission -e' | 'binfut account commission --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut account commission -p' | 'binfut account commission --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut account commission -o' | 'binfut account commission --output') _binfut_offer table wide json ndjson csv ;;
        'binfut account commission --fields') _binfut_offer_several symbol makerCommissionRate takerCommissionRate rpiCommissionRate ;;
        'binfut account commission --color') _binfut_offer auto always never ;;
        'binfut account commission --palette') _binfut_offer default colorblind mono ;;
        'binfut account income --type') _binfut_offer TRANSFER WELCOME_BONUS REALIZED_PNL FUNDING_FEE SPECIAL_FUNDING_FEE COMMISSION INSURANCE_CLEAR LIQUIDATION_FEE REFERRAL_KICKBACK COMMISSION_REBATE API_REBATE CONTEST_REWARD CROSS_COLLATERAL_TRANSFER OPTIONS_PREMIUM_FEE OPTIONS_SETTLE_PROFIT EVENT_CONTRACTS_ORDER EVENT_CONTRACTS_PAYOUT INTERNAL_TRANSFER AUTO_EXCHANGE DELIVERED_SETTELMENT COIN_SWAP_DEPOSIT COIN_SWAP_WITHDRAW POSITION_LIMIT_INCREASE_FEE STRATEGY_UMFUTURES_TRANSFER FEE_RETURN BFUSD_REWARD CASH_COUPON FUTURES_PRESENT ;;
        'binfut account income --by') _binfut_offer type symbol asset day month ;;
        'binfut account income -m' | 'binfut account income --market') _binfut_offer usdm coinm all ;;
        'binfut account income -e' | 'binfut account income --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut account income -p' | 'binfut account income --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut account income -o' | 'binfut account income --output') _binfut_offer table wide json ndjson csv ;;
        'binfut account income --fields') _binfut_offer_several symbol incomeType income asset time info tranId tradeId ;;
        'binfut account income --color') _binfut_offer auto always never ;;
        'binfut account income --palette') _binfut_offer default colorblind mono ;;
        'binfut status -m' | 'binfut status --market') _binfut_offer usdm coinm all ;;
        'binfut status -e' | 'binfut status --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut status -p' | 'binfut status --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut status -o' | 'binfut status --output') _binfut_offer table wide json ndjson csv ;;
        'binfut status --fields') _binfut_offer_several totalInitialMargin totalMaintMargin totalWalletBalance totalUnrealizedProfit totalMarginBalance totalPositionInitialMargin totalOpenOrderInitialMargin totalCrossWalletBalance totalCrossUnPnl availableBalance maxWithdrawAmount multiAssetsMargin feeTier canTrade canDeposit canWithdraw totalsUnit marginRatio asset walletBalance unrealizedProfit marginBalance maintMargin initialMargin positionInitialMargin openOrderInitialMargin crossWalletBalance crossUnPnl marginAvailable updateTime symbol positionAmt positionSide entryPrice breakEvenPrice markPrice liquidationPrice notional notionalValue leverage isolated marginType isolatedMargin isolatedWallet bidNotional askNotional marginAsset adl maxQty liquidationDistance roe contractSize sizeCoin sizeUsd ;;
        'binfut status --color') _binfut_offer auto always never ;;
        'binfut status --palette') _binfut_offer default colorblind mono ;;
        'binfut balances -m' | 'binfut balances --market') _binfut_offer usdm coinm all ;;
        'binfut balances -e' | 'binfut balances --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut balances -p' | 'binfut balances --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut balances -o' | 'binfut balances --output') _binfut_offer table wide json ndjson csv ;;
        'binfut balances --fields') _binfut_offer_several asset balance crossWalletBalance crossUnPnl availableBalance maxWithdrawAmount withdrawAvailable marginAvailable accountAlias updateTime marginRatio ;;
        'binfut balances --color') _binfut_offer auto always never ;;
        'binfut balances --palette') _binfut_offer default colorblind mono ;;
        'binfut positions -m' | 'binfut positions --market') _binfut_offer usdm coinm all ;;
        'binfut positions -e' | 'binfut positions --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut positions -p' | 'binfut positions --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut positions -o' | 'binfut positions --output') _binfut_offer table wide json ndjson csv ;;
        'binfut positions --fields') _binfut_offer_several symbol positionAmt positionSide entryPrice breakEvenPrice markPrice liquidationPrice unrealizedProfit notional notionalValue leverage isolated marginType isolatedMargin isolatedWallet initialMargin maintMargin positionInitialMargin openOrderInitialMargin bidNotional askNotional marginAsset adl maxQty updateTime liquidationDistance marginRatio roe contractSize sizeCoin sizeUsd ;;
        'binfut positions --color') _binfut_offer auto always never ;;
        'binfut positions --palette') _binfut_offer default colorblind mono ;;
        'binfut config -m' | 'binfut config --market') _binfut_offer usdm coinm all ;;
        'binfut config -e' | 'binfut config --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut config -p' | 'binfut config --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut config -o' | 'binfut config --output') _binfut_offer table wide json ndjson csv ;;
        'binfut config --fields') _binfut_offer_several symbol leverage marginType isAutoAddMargin maxNotionalValue maxQty ;;
        'binfut config --color') _binfut_offer auto always never ;;
        'binfut config --palette') _binfut_offer default colorblind mono ;;
        'binfut orders -m' | 'binfut orders --market') _binfut_offer usdm coinm all ;;
        'binfut orders -e' | 'binfut orders --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut orders -p' | 'binfut orders --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut orders -o' | 'binfut orders --output') _binfut_offer table wide json ndjson csv ;;
        'binfut orders --fields') _binfut_offer_several symbol side orderId algoId clientOrderId clientAlgoId type orderType status algoStatus positionSide price stopPrice triggerPrice activatePrice priceRate callbackRate origQty quantity executedQty reduceOnly closePosition timeInForce time createTime updateTime triggerTime goodTillDate markPrice distance ;;
        'binfut orders --color') _binfut_offer auto always never ;;
        'binfut orders --palette') _binfut_offer default colorblind mono ;;
        'binfut commission -m' | 'binfut commission --market') _binfut_offer usdm coinm all ;;
        'binfut commission -e' | 'binfut commission --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut commission -p' | 'binfut commission --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut commission -o' | 'binfut commission --output') _binfut_offer table wide json ndjson csv ;;
        'binfut commission --fields') _binfut_offer_several symbol makerCommissionRate takerCommissionRate rpiCommissionRate ;;
        'binfut commission --color') _binfut_offer auto always never ;;
        'binfut commission --palette') _binfut_offer default colorblind mono ;;
        'binfut income --type') _binfut_offer TRANSFER WELCOME_BONUS REALIZED_PNL FUNDING_FEE SPECIAL_FUNDING_FEE COMMISSION INSURANCE_CLEAR LIQUIDATION_FEE REFERRAL_KICKBACK COMMISSION_REBATE API_REBATE CONTEST_REWARD CROSS_COLLATERAL_TRANSFER OPTIONS_PREMIUM_FEE OPTIONS_SETTLE_PROFIT EVENT_CONTRACTS_ORDER EVENT_CONTRACTS_PAYOUT INTERNAL_TRANSFER AUTO_EXCHANGE DELIVERED_SETTELMENT COIN_SWAP_DEPOSIT COIN_SWAP_WITHDRAW POSITION_LIMIT_INCREASE_FEE STRATEGY_UMFUTURES_TRANSFER FEE_RETURN BFUSD_REWARD CASH_COUPON FUTURES_PRESENT ;;
        'binfut income --by') _binfut_offer type symbol asset day month ;;
        'binfut income -m' | 'binfut income --market') _binfut_offer usdm coinm all ;;
        'binfut income -e' | 'binfut income --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut income -p' | 'binfut income --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut income -o' | 'binfut income --output') _binfut_offer table wide json ndjson csv ;;
        'binfut income --fields') _binfut_offer_several symbol incomeType income asset time info tranId tradeId ;;
        'binfut income --color') _binfut_offer auto always never ;;
        'binfut income --palette') _binfut_offer default colorblind mono ;;
        'binfut watch -m' | 'binfut watch --market') _binfut_offer usdm coinm all ;;
        'binfut watch -e' | 'binfut watch --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut watch -p' | 'binfut watch --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut watch -o' | 'binfut watch --output') _binfut_offer table wide json ndjson csv ;;
        'binfut watch --events') _binfut_offer_several balance position order fill margin-call setting strategy ACCOUNT_UPDATE MARGIN_CALL ORDER_TRADE_UPDATE TRADE_LITE ACCOUNT_CONFIG_UPDATE ALGO_UPDATE STRATEGY_UPDATE GRID_UPDATE CONDITIONAL_ORDER_TRIGGER_REJECT listenKeyExpired ;;
        'binfut watch --color') _binfut_offer auto always never ;;
        'binfut watch --palette') _binfut_offer default colorblind mono ;;
        'binfut replay --show') _binfut_offer status balances positions ;;
        'binfut replay --events') _binfut_offer_several balance position order fill margin-call setting strategy ACCOUNT_UPDATE MARGIN_CALL ORDER_TRADE_UPDATE TRADE_LITE ACCOUNT_CONFIG_UPDATE ALGO_UPDATE STRATEGY_UPDATE GRID_UPDATE CONDITIONAL_ORDER_TRIGGER_REJECT listenKeyExpired ;;
        'binfut replay -m' | 'binfut replay --market') _binfut_offer usdm coinm all ;;
        'binfut replay -p' | 'binfut replay --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut replay -o' | 'binfut replay --output') _binfut_offer table wide json ndjson csv ;;
        'binfut replay --color') _binfut_offer auto always never ;;
        'binfut replay --palette') _binfut_offer default colorblind mono ;;
        'binfut follow --events') _binfut_offer_several balance position order fill margin-call setting strategy ACCOUNT_UPDATE MARGIN_CALL ORDER_TRADE_UPDATE TRADE_LITE ACCOUNT_CONFIG_UPDATE ALGO_UPDATE STRATEGY_UPDATE GRID_UPDATE CONDITIONAL_ORDER_TRIGGER_REJECT listenKeyExpired ;;
        'binfut follow -m' | 'binfut follow --market') _binfut_offer usdm coinm all ;;
        'binfut follow -p' | 'binfut follow --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut follow -o' | 'binfut follow --output') _binfut_offer table wide json ndjson csv ;;
        'binfut follow --color') _binfut_offer auto always never ;;
        'binfut follow --palette') _binfut_offer default colorblind mono ;;
        'binfut diff -m' | 'binfut diff --market') _binfut_offer usdm coinm all ;;
        'binfut diff -p' | 'binfut diff --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut diff -o' | 'binfut diff --output') _binfut_offer table wide json ndjson csv ;;
        'binfut diff --color') _binfut_offer auto always never ;;
        'binfut diff --palette') _binfut_offer default colorblind mono ;;
        'binfut summary --html') _binfut_offer_files ;;
        'binfut summary -m' | 'binfut summary --market') _binfut_offer usdm coinm all ;;
        'binfut summary -p' | 'binfut summary --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut summary -o' | 'binfut summary --output') _binfut_offer table wide json ndjson csv ;;
        'binfut summary --color') _binfut_offer auto always never ;;
        'binfut summary --palette') _binfut_offer default colorblind mono ;;
        'binfut profile add -e' | 'binfut profile add --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut profile add -m' | 'binfut profile add --market') _binfut_offer usdm coinm all ;;
        'binfut profile add -o' | 'binfut profile add --output') _binfut_offer table wide json ndjson csv ;;
        'binfut profile add --store') _binfut_offer file keyring ;;
        'binfut profile show '1) _binfut_offer_profiles ;;
        'binfut profile remove '1) _binfut_offer_profiles ;;
        'binfut profile default '1) _binfut_offer_profiles ;;
        'binfut doctor -m' | 'binfut doctor --market') _binfut_offer usdm coinm all ;;
        'binfut doctor -e' | 'binfut doctor --env') _binfut_offer prod testnet demo sandbox ;;
        'binfut doctor -p' | 'binfut doctor --profile') _binfut_offer_profiles; _binfut_offer one-way multi-assets hedge coinm ;;
        'binfut doctor --report') _binfut_offer_files ;;
        'binfut doctor --color') _binfut_offer auto always never ;;
        'binfut doctor --palette') _binfut_offer default colorblind mono ;;
        'binfut schema '1) _binfut_offer balances commission config income orders positions accountStatus balance commissionRate symbolConfig flow order position account asset diff difference summary balanceChange tradingDay hole extreme alertSpan snapshot event raw gap resync drift rotate backfill gap_report heartbeat status segment alert stop error ;;
        'binfut completion '1) _binfut_offer bash zsh fish ;;
    esac
}

_binfut() {
    local at=binfut option='' current=${COMP_WORDS[COMP_CWORD]} prefix='' word
    local position=1 only_arguments='' i commands options valued
    COMPREPLY=()
    _binfut_at
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == '=' ]]; then
            continue
        elif [[ $option ]]; then
            option=''
        elif [[ ! $only_arguments && $word == -- ]]; then
            only_arguments=yes
        elif [[ ! $only_arguments && $word == -* ]]; then
            [[ $valued == *" $word "* ]] && option=$word
        elif [[ " ${commands[*]-} " == *" $word "* ]]; then
            at="$at $word"
            _binfut_at
        else
            ((position++))
        fi
    done
    [[ $current == '=' ]] && current=''
    if [[ ! $option && ! $only_arguments && $current == --*=* ]]; then
        option=${current%%=*}
        prefix=$option=
    fi
    if [[ $option ]]; then
        _binfut_values "$option"
    elif [[ ! $only_arguments && $current == -* ]]; then
        _binfut_offer "${options[@]}"
    elif [[ ${commands[0]-} ]]; then
        _binfut_offer "${commands[@]}"
    else
        _binfut_values "$position"
    fi
}

complete -F _binfut binfut
