#!/bin/sh
# wscat: a listenKey by curl, the stream as it comes.
if [ "$INTEROP_MARKET" = coinm ]; then path=/dapi; else path=/fapi; fi
key=$(curl -s -X POST -H "X-MBX-APIKEY: $INTEROP_KEY" "$INTEROP_REST$path/v1/listenKey" |
  jq -r .listenKey)
if [ "$INTEROP_MARKET" = coinm ]; then
  stream="$INTEROP_STREAM/ws/$key"
else
  stream="$INTEROP_STREAM/private/ws/$key"
fi
printf '{"ready": true}\n'
wscat --no-color --connect "$stream" |
  jq --unbuffered -cR 'ltrimstr("< ") | fromjson? | select(.e) | {event: .e}'
