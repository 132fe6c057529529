/** Shell functions for the incidents. `stop_workers` and `start_workers` are those that a reader of the runbook defines. */
export const PRELUDE = String.raw`
rows() { echo case_id,related_id,group_id; for ticket in $(seq "$1" "$2"); do echo "SR$ticket,SR9,group-1"; done; }

simulator() {
  curl --fail --silent --show-error --output /dev/null "$CASELINK_ENDPOINT/__simulator/$1" --data "$2"
}

start_worker() {
  rm -f "worker-$1.log"
  caselink worker --json > "worker-$1.log" 2>&1 &
  echo $! > "worker-$1.pid"
}

is_running() { [ -e "$1" ] && kill -0 "$(cat "$1")" 2> /dev/null; }

start_workers() {
  for number in 1 2; do is_running "worker-$number.pid" || start_worker "$number"; done
  for number in 1 2; do
    until grep -q '"event":"working"' "worker-$number.log"; do
      is_running "worker-$number.pid" || { cat "worker-$number.log"; return 1; }
      sleep 0.2
    done
  done
}

stop_workers() {
  for number in 1 2; do is_running "worker-$number.pid" && kill "$(cat "worker-$number.pid")"; done
  for number in 1 2; do while is_running "worker-$number.pid"; do sleep 0.2; done; rm -f "worker-$number.pid"; done
}

kill_worker() { kill -KILL "$(cat "worker-$1.pid")"; wait "$(cat "worker-$1.pid")" 2> /dev/null; true; }

until_settled() {
  while :; do
    shown=$(caselink status "$1" --json)
    case $shown in *'"state":"completed"'*) echo "too late: $shown"; return 1;; esac
    settled=$(echo "$shown" | sed -n 's/.*"settled_tickets":\([0-9]*\).*/\1/p')
    if [ "0$settled" -ge "$2" ]; then return 0; fi
    sleep 0.5
  done
}

until_rate() { until caselink status "$1" --json | grep -q "\"max_rate\":$2[,}]"; do sleep 0.5; done; }

# The other lanes have nothing left to do, and have ended: their progress no longer hides why the last one waits.
until_one_lane() {
  until temporal workflow count --query "TaskQueue='caselink:$API' AND ExecutionStatus='Running' AND WorkflowType='caselinkLane'" |
    grep -q ' 1$'; do sleep 0.5; done
}

running_lanes() {
  temporal workflow list --query "TaskQueue='caselink:$API' AND ExecutionStatus='Running' AND WorkflowType='caselinkLane'" \
    --output json | sed -n 's/.*"workflowId": "\(.*\)".*/\1/p'
}

running_lane() { running_lanes | head -n 1; }

find_activity() {
  for lane in $(running_lanes); do
    activity=$(temporal workflow describe --workflow-id "$lane" | sed -n 's/^ *ActivityId *//p' | head -n 1)
    if [ -n "$activity" ]; then return 0; fi
  done
  return 1
}

reset_activity() {
  until find_activity && temporal activity reset --workflow-id "$lane" --activity-id "$activity"; do sleep 0.5; done
}

open_chunk() {
  for chunk in "$CASELINK_LEDGER/batches/$1/chunks"/*.jsonl; do
    settled=$(cat "$CASELINK_LEDGER/batches/$1/results/$(basename "$chunk" .jsonl)"/*.jsonl 2> /dev/null | wc -l)
    echo "$(($(wc -l < "$chunk") - settled)) $chunk"
  done | sort -rn | head -n 1 | cut -d ' ' -f 2
}

# The turn of a worker that was killed stays open for 18 s.
pause_activity() { find_activity && temporal activity pause --workflow-id "$lane" --activity-id "$activity"; }

temporal_server() {
  temporal server start-dev --headless --ip 127.0.0.1 --port "${"$"}{TEMPORAL_ADDRESS##*:}" > temporal.log 2>&1 &
  echo $! > temporal.pid
  until temporal operator namespace describe --namespace default > /dev/null 2>&1; do sleep 0.5; done
}

# Someone else starts a command for many workflows right before the first deletion. It takes some seconds, whatever it finds.
occupy_temporal() {
  temporal() {
    if [ "$1 $2" = "workflow delete" ] && [ ! -e occupied ]; then
      touch occupied
      command temporal workflow signal --query "TaskQueue='other'" --name none --yes
    fi
    command temporal "$@"
  }
}

kill_temporal() { kill -KILL "$(cat temporal.pid)"; wait "$(cat temporal.pid)" 2> /dev/null; true; }
`;
