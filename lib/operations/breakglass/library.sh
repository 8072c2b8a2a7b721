# ---- What the steps are made of. Nothing from here on is particular to this plan. --------------------------------------

export LC_ALL=C AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off AWS_STS_REGIONAL_ENDPOINTS=regional
umask 077

mode=run assume_yes='' unfenced='' record='' who="$(id -un)@$(uname -n)"
step=begin promoted='' asked=0 fenced='' switched='' started=$(date +%s)

usage() {
  cat <<USAGE
Usage: sh $0 [run|check|fence|put-back] [options]

  run        the failover (default): asks for the name of the database before it promotes it
  check      looks whether the target is fit, and changes nothing
  fence      shuts the old primary, again and again until its Region answers
  put-back   before the promotion: undoes what was done

  --yes            does not ask before the promotion
  --unfenced       promotes although the old primary still takes orders, as far as is seen
  --record FILE    where each thing that was done is noted (break-glass-<plan>.jsonl here)
  --by NAME        who does it, for the record ($who)
USAGE
}

main() {
  while [ $# -gt 0 ]; do
    case $1 in
      run | check | fence | put-back) mode=$1 ;;
      --yes) assume_yes=yes ;;
      --unfenced) unfenced=yes ;;
      --record) [ $# -gt 1 ] || { usage >&2; exit 2; }; record=$2; shift ;;
      --by) [ $# -gt 1 ] || { usage >&2; exit 2; }; who=$2; shift ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  patient
  open_work
  open_record
  require_tools
  require_account
  case $mode in
    run) plan_run; finish ;;
    check) plan_check ;;
    fence) until fence_again; do sleep 15; done ;;
    put-back) require_unpromoted; plan_put_back; say 'Put back. Orders go where they went before.' ;;
  esac
}

open_work() {
  work=${TMPDIR:-/tmp}/meridian-break-glass.$$
  mkdir "$work" || { echo "Cannot make the folder $work. Set TMPDIR to a folder that you may write." >&2; exit 1; }
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' HUP INT TERM
}

open_record() {
  record=${record:-break-glass-$PLAN.jsonl}
  case $record in /*) ;; *) record=$PWD/$record ;; esac
  printf '{"record":"meridian break-glass","version":1,"run":"%s","estate":"%s","environment":"%s","plan":"%s","digest":"%s","mode":"%s","time":"%s","who":"%s"}\n' \
    "$(uuid)" "$ESTATE" "$ENVIRONMENT" "$PLAN" "$DIGEST" "$mode" "$(now)" "$(plain "$who")" >>"$record" ||
    { echo "Cannot write $record. Name another file with --record." >&2; exit 1; }
}

require_tools() {
  for tool in aws curl; do
    command -v "$tool" >/dev/null || stop "$tool is not installed here." "Install it, or go to a machine that has it."
  done
}

# What is changed belongs to the estate's account, or nothing is changed.
require_account() {
  step=account
  patient
  read_from "aws sts get-caller-identity --region $TARGET --query Account --output text" ||
    stop "STS in $TARGET does not say whose credentials these are: $out" "See to the credentials of the AWS CLI, and to AWS_ENDPOINT_URL where one is set."
  [ "$out" = "$ACCOUNT" ] || stop "These credentials are of account $out; the estate is $ACCOUNT." "Use credentials of $ACCOUNT."
  record "$step" "aws sts get-caller-identity --region $TARGET" ok "account $out"
}

# ---- Words and the record

say() { printf '%s\n' "$*"; }
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
since() { echo $(($(date +%s) - started)); }

heading() { # step, title
  step=$1
  printf '\n[%s, %s s] %s\n' "$(now)" "$(since)" "$2"
}

# Inside of a JSON string, on one line.
plain() {
  printf '%s' "$1" | tr '\n\r\t' '   ' | tr -d '\001-\010\013\014\016-\037\177' | cut -c1-1500 | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g'
}

record() { # step, command, result, detail
  printf '{"time":"%s","step":"%s","command":"%s","result":"%s","who":"%s","detail":"%s"}\n' \
    "$(now)" "$(plain "$1")" "$(plain "$2")" "$3" "$(plain "$who")" "$(plain "$4")" >>"$record" ||
    say "  ! $record could not be written; note by hand: $1 $3" >&2
}

uuid() {
  od -An -N16 -tx1 /dev/urandom | tr -d ' \n' |
    sed 's/^\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)\(.\{12\}\)$/\1-\2-4\3-8\4-\5/'
}

stop() { # what stopped it, what to do
  record "$step" '' stopped "$1"
  {
    printf '\nSTOPPED at %s: %s\n%s\n' "$step" "$1" "$2"
    if [ -n "$promoted" ]; then
      say "The promotion of $TARGET has begun: from here it goes forward only. Then run this again; what is done already is found done."
    elif [ "$mode" = run ]; then
      say "Nothing was promoted. Then run this again, or undo what was done: sh $0 put-back"
    fi
    say "What was done so far is in $record."
  } >&2
  exit 1
}

not_done() { # step, title, why
  heading "$1" "$2"
  say "  $3"
  record "$1" '' skipped "$3"
}

# ---- Asking

# Time enough for a Region that answers, and little for one that is lost.
patient() { read_seconds=20; export AWS_MAX_ATTEMPTS=3; }
hurried() { read_seconds=6; export AWS_MAX_ATTEMPTS=1; }
pace() { if [ "$1" = "$LOST" ]; then hurried; else patient; fi; }

# The command, at the endpoint that the environment names: version 1 of the CLI does not look for one for every service.
aws() {
  aws_service=$(printf '%s' "$1" | sed 's/^s3api$/s3/' | tr 'a-z-' 'A-Z_')
  eval "aws_url=\${AWS_ENDPOINT_URL_$aws_service:-\${AWS_ENDPOINT_URL:-}}"
  command aws ${aws_url:+--endpoint-url "$aws_url"} --cli-connect-timeout 5 --cli-read-timeout "$read_seconds" "$@"
}

# Asks; the answer, or why there is none, in $out. Not on record: it changes nothing.
read_from() {
  if out=$(eval "$1" 2>"$work/error"); then return 0; fi
  out=$(tail -1 "$work/error")
  return 1
}

# Does it, in a folder of its own, on record with what came of it.
attempt() {
  say "  \$ $1"
  if out=$(cd "$work" && eval "$1" 2>&1); then
    record "$step" "$1" ok ''
    return 0
  fi
  out=$(printf '%s' "$out" | tail -1)
  say "  failed: $out"
  record "$step" "$1" failed "$out"
  return 1
}

# Asks every second until it is so; fails when the time is over.
until_so() { # seconds, command...
  until_end=$(($(date +%s) + $1))
  shift
  until "$@"; do
    [ "$(date +%s)" -lt "$until_end" ] || return 1
    sleep 1
  done
}

# State and source of a database in $db_status and $db_source; a primary's source is None.
database() { # describe command
  read_from "$1 --query 'DBInstances[0].[DBInstanceStatus,ReadReplicaSourceDBInstanceIdentifier]' --output text" || return 1
  db_status=$(printf '%s' "$out" | cut -f1)
  db_source=$(printf '%s' "$out" | cut -f2)
  [ -n "$db_status" ] && [ -n "$db_source" ]
}

# ---- Kubernetes by curl: the address and the authority from EKS, the token from STS

kube() { # method, Region, cluster, path, body or nothing; the answer in $work/answer, why there is none in $out
  kube_open "$2" "$3" || return 1
  set -- "$1" "$4" "${5:-}" "$work/kube-$2"
  if [ -n "$3" ]; then
    kube_code=$(curl --config "$4.curl" --max-time "$read_seconds" --request "$1" --header 'Content-Type: application/merge-patch+json' --data "$3" "$(cat "$4.url")$2" 2>"$work/error")
  else
    kube_code=$(curl --config "$4.curl" --max-time "$read_seconds" --request "$1" "$(cat "$4.url")$2" 2>"$work/error")
  fi
  case $kube_code in
    2??) return 0 ;;
    401) rm -f "$4.until" ;;
  esac
  out="the cluster's API answered $kube_code $(tail -1 "$work/error")"
  return 1
}

# A token is good for 15 minutes, and asking for one takes longer than the request that it is for.
kube_open() { # Region, cluster
  kube_file=$work/kube-$1
  if [ ! -s "$kube_file.url" ]; then
    read_from "aws eks describe-cluster --region $1 --name $2 --query 'cluster.[endpoint,certificateAuthority.data]' --output text" || return 1
    printf '%s' "$out" | cut -f2 >"$kube_file.pem64"
    { base64 -d <"$kube_file.pem64" || base64 -D <"$kube_file.pem64" || openssl base64 -d -A <"$kube_file.pem64"; } >"$kube_file.pem" 2>/dev/null ||
      { out="the authority of cluster $2 cannot be read"; return 1; }
    printf '%s' "$out" | cut -f1 >"$kube_file.url"
  fi
  if [ -s "$kube_file.until" ] && [ "$(date +%s)" -lt "$(cat "$kube_file.until")" ]; then return 0; fi
  read_from "aws eks get-token --region $1 --cluster-name $2 --output json" || return 1
  kube_token=$(printf '%s' "$out" | tr -d '\n' | sed -n 's/.*"token": *"\([^"]*\)".*/\1/p')
  [ -n "$kube_token" ] || { out="no token was given for cluster $2"; return 1; }
  # In a file: a command line can be read by everybody on this machine.
  cat >"$kube_file.curl" <<CURL
silent
show-error
connect-timeout = 5
cacert = "$kube_file.pem"
header = "Authorization: Bearer $kube_token"
output = "$work/answer"
write-out = "%{http_code}"
CURL
  echo $(($(date +%s) + 600)) >"$kube_file.until"
}

answer_has() { # each of these members
  answer=$(tr -d ' \n' <"$work/answer")
  for member in "$@"; do
    case $answer in *"$member"*) ;; *) out="its answer lacks $member"; return 1 ;; esac
  done
}

# ---- Steps

check_target() { # step, title, describe command, instance, Region it must replicate from
  heading "$1" "$2"
  pace "$TARGET"
  database "$3" || stop "RDS does not describe $4: $out" "See whether the instance and the credentials are right: $3"
  if [ "$db_source" = None ]; then
    say "  $4 is a primary already, and $db_status."
    promoted=yes
    record "$1" "$3" ok "primary already, $db_status"
    return 0
  fi
  [ "$(printf '%s' "$db_source" | cut -d: -f4)" = "$5" ] ||
    stop "$4 replicates from $db_source, not from $5: it has none of its orders." "Take the bundle of a Region whose database does."
  until_so 900 settled "$3" "$4" || stop "$4 is $db_status for 15 minutes: RDS promotes it only when it is available." "See its events in RDS, then run this again."
  say "  $4 is available, a replica of $db_source."
  record "$1" "$3" ok "available, replica of $db_source"
}

# A second promotion of the same data would give two databases that take orders.
check_other() { # Region, instance, describe command
  [ -z "$promoted" ] || return 0
  pace "$1"
  if ! database "$3"; then
    say "  ! $2 in $1 is not known: $out. Be sure that nobody has promoted it."
    record "$step" "$3" unreachable "$out"
  elif [ "$db_source" = None ]; then
    stop "$2 in $1 is a primary: it was promoted before." "Do not promote another. Take the bundle of $1 to finish what was begun, or look who promoted it."
  fi
}

# Whether RDS would promote it now; stops where it never will.
settled() { # describe command, instance
  database "$1" || return 1
  case $db_status in
    available) return 0 ;;
    backing-up | modifying | rebooting | maintenance | upgrading | renaming | starting | promoting | configuring-* | storage-optimization | resetting-master-credentials) return 1 ;;
    *) stop "$2 is $db_status: RDS promotes no replica in that state." "Mend it, or take the bundle of another Region." ;;
  esac
}

show_lag() { # Region, instance
  lag_end=$(date +%s)
  if read_from "aws cloudwatch get-metric-statistics --region $1 --namespace AWS/RDS --metric-name ReplicaLag --dimensions Name=DBInstanceIdentifier,Value=$2 --start-time $((lag_end - 900)) --end-time $lag_end --period 60 --statistics Maximum --query 'sort_by(Datapoints,&Timestamp)[-5:].Maximum' --output text"; then
    lag_seconds=$(printf '%s' "$out" | tr '\t' ' ')
    say "  ReplicaLag of $2 in its last minutes, s: ${lag_seconds:-nothing reported}. So much of what was ordered last may be lost."
    record "$step" '' noted "ReplicaLag, s: $lag_seconds"
  else
    say "  ReplicaLag is not known: $out"
    record "$step" '' noted "ReplicaLag is not known: $out"
  fi
}

# Orders stop for the promotion; once it has begun, they are not stopped again.
freeze() { # as shop_config
  if [ -z "$promoted" ]; then shop_config "$@"; else not_done "$2" "$3" 'not needed: the promotion has begun'; fi
}

shop_config() { # must or best, step, title, Region, cluster, path, patch, members that the answer must have...
  effort=$1
  heading "$2" "$3"
  config_region=$4 config_cluster=$5 config_path=$6 config_patch=$7
  shift 7
  pace "$config_region"
  config_command="curl --request PATCH --header 'Content-Type: application/merge-patch+json' --data '$config_patch' <$config_cluster>$config_path"
  say "  \$ $config_command"
  if [ "$effort" = best ]; then limit=1; else limit=30; fi
  if until_so $limit patched "$@"; then
    say '  so it stands there now'
    record "$step" "$config_command" ok ''
  elif [ "$effort" = best ]; then
    say "  not done: $out"
    record "$step" "$config_command" unreachable "$out"
  else
    record "$step" "$config_command" failed "$out"
    stop "shop-config of $config_region was not changed: $out" "See whether the cluster $config_cluster answers and these credentials may patch ConfigMaps there."
  fi
}

patched() { kube PATCH "$config_region" "$config_cluster" "$config_path" "$config_patch" && answer_has "$@"; }

# How many nodes to have, in $node_goal: what is needed, or all that the group may have.
count_nodes() { # Region, nodes wanted, describe command; minimum, maximum and desired in $node_min, $node_max, $node_now
  pace "$1"
  read_from "$3 --query 'nodegroup.scalingConfig.[minSize,maxSize,desiredSize]' --output text" || return 1
  node_min=$(printf '%s' "$out" | cut -f1) node_max=$(printf '%s' "$out" | cut -f2) node_now=$(printf '%s' "$out" | cut -f3)
  if [ "$2" -gt "$node_max" ]; then node_goal=$node_max; else node_goal=$2; fi
}

# Sends for the nodes and waits for none: nobody can order meanwhile.
send_for_nodes() { # step, title, Region, nodes wanted, describe command, update command
  heading "$1" "$2"
  if ! count_nodes "$3" "$4" "$5"; then
    say "  not done: $out"
    record "$1" "$5" unreachable "$out"
    return 0
  fi
  if [ "$4" -gt "$node_max" ]; then say "  $4 nodes would be needed; the group may have $node_max."; fi
  if [ "$node_now" -ge "$node_goal" ]; then
    say "  $node_now nodes are there or on their way; $4 are needed."
    record "$1" "$5" ok "$node_now nodes, $4 needed"
    return 0
  fi
  if [ "$node_min" -gt "$node_goal" ]; then node_from=$node_min; else node_from=$node_goal; fi
  attempt "$(printf '%s' "$6" | sed -e "s/MINIMUM/$node_from/" -e "s/MAXIMUM/$node_max/" -e "s/DESIRED/$node_goal/")" || return 0
}

# Waits for nodes that were sent for, but not for ever: users can order by now.
await_nodes() { # step, title, Region, cluster, nodes wanted, describe command
  heading "$1" "$2"
  node_ready=unknown
  if count_nodes "$3" "$5" "$6" && until_so 120 enough_nodes "$3" "$4"; then
    say "  $node_ready nodes are ready; $5 are needed."
    record "$1" "$6" ok "$node_ready nodes ready, $5 needed"
  else
    say "  $node_ready nodes are ready, $5 are needed: the rest is on its way, or was not to be had."
    record "$1" "$6" noted "$node_ready nodes ready, $5 needed"
  fi
}

enough_nodes() { # Region, cluster
  kube GET "$1" "$2" /api/v1/nodes || return 1
  node_ready=$(tr -d ' \n' <"$work/answer" | tr '{' '\n' | grep '"type":"Ready"' | grep -c '"status":"True"')
  [ "$node_ready" -ge "$node_goal" ]
}

# Shuts the old primary as far as its Region answers: only the group that lets nothing in, and a reboot that drops who is inside.
fence_database() { # step, title, Region, instance, find group, modify, reboot, describe
  heading "$1" "$2"
  pace "$3"
  if ! read_from "$5 --query 'SecurityGroups[].GroupId' --output text"; then unfenced_because "$out"; return 0; fi
  case $out in
    sg-*' '* | sg-*"$(printf '\t')"*) unfenced_because "several groups deny all: $out"; return 0 ;;
    sg-*) ;;
    *) unfenced_because "there is no group that denies all"; return 0 ;;
  esac
  deny_all=$out
  attempt "$(printf '%s' "$6" | sed "s/DENY-ALL-GROUP/$deny_all/")" || { unfenced_because "$out"; return 0; }
  attempt "$7" || { unfenced_because "$out"; return 0; }
  # A reboot shows within seconds; one that is over before anybody looked has dropped the sessions too.
  until_so 5 in_reboot "$8" || say '  the reboot was not seen under way'
  if until_so 180 shut "$8" "$deny_all"; then
    fenced=yes
    say "  $4 lets nobody in and has dropped its sessions."
    record "$1" "$8" ok "fenced: only $deny_all, rebooted"
  else
    unfenced_because "RDS does not show it shut: $out"
  fi
}

unfenced_because() {
  say "  NOT FENCED: $1"
  record "$step" '' unreachable "not fenced: $1"
}

in_reboot() { database "$1" && [ "$db_status" != available ]; }

shut() { # describe command, group
  read_from "$1 --query 'DBInstances[0].[DBInstanceStatus,VpcSecurityGroups[0].VpcSecurityGroupId,VpcSecurityGroups[1].VpcSecurityGroupId]' --output text" || return 1
  [ "$out" = "$(printf 'available\t%s\tNone' "$2")" ]
}

fence_again() { plan_fence; [ -n "$fenced" ]; }

switch_off() { # step, title, peer, put command, look command
  heading "$1" "$2, in $3"
  pace "$3"
  if attempt "$4" && read_from "$5"; then
    switched=yes
    say "  the object is there: health checkers see it within a minute"
  else
    record "$1" "$5" unreachable "$out"
  fi
}

switch_on() { # step, title, peer, delete command, look command
  heading "$1" "$2, in $3"
  pace "$3"
  attempt "$4" || return 0
  if read_from "$5"; then say '  ! the object is still there'; record "$1" "$5" failed 'the object is still there'; fi
}

try_once() { # step, title, Region, command
  heading "$1" "$2"
  pace "$3"
  attempt "$4" || say '  left as it is'
}

# Whether users can be taken for gone from the lost Region. Two databases that take orders are worse than a longer outage.
leave_lost() { # step, title, Region, load balancer
  heading "$1" "$2"
  hurried
  if answers "$3" "$4"; then lost_answers=yes; else lost_answers=''; fi
  if [ -z "$lost_answers" ]; then say "  The shop in $3 does not answer: its own health check takes it out of DNS."; fi
  if [ -n "$lost_answers" ] && [ -z "$fenced$unfenced$promoted" ]; then
    stop "The shop in $3 still answers and its database is not fenced: after a promotion two databases would take orders." \
      "Shut that database by hand (the sheet has the commands), or, where people know that it takes no orders, run this with --unfenced."
  fi
  if [ -n "$lost_answers" ] && [ -z "$switched" ]; then say "  ! The shop in $3 still answers, and no switch takes it out of DNS: its users see errors until it does."; fi
  record "$1" '' ok "the shop of $3 answers: ${lost_answers:-no}; fenced: ${fenced:-no}; switched off: ${switched:-no}"
}

# Base address of a Region's shop: SHOP_URL_EU_WEST_1 where it is set, else its load balancer's name.
shop_url() { # Region, load balancer
  eval "shop_base=\${$(shop_variable "$1"):-http://$2}"
  printf '%s' "${shop_base%/}"
}

shop_variable() { printf 'SHOP_URL_%s' "$1" | tr 'a-z-' 'A-Z_'; }

answers() { # Region, load balancer
  page_code=$(curl --silent --connect-timeout 5 --max-time "$read_seconds" --output /dev/null --write-out '%{http_code}' "$(shop_url "$1" "$2")/" 2>"$work/error")
  case $page_code in 2?? | 3??) return 0 ;; esac
  return 1
}

# Who answers, for people who have to judge whether the Region is lost.
look_around() { # Region, load balancer
  if answers "$1" "$2"; then say "  The shop in $1 answers."; else say "  The shop in $1 does not answer."; fi
}

confirm() { # instance
  [ -z "$promoted" ] || return 0
  step=confirm
  printf '\nThe next step cannot be undone: %s becomes a database of its own.\nOld primary fenced: %s. Switched off in DNS: %s.\n' "$1" "${fenced:-NO}" "${switched:-no}"
  if [ -n "$assume_yes" ]; then
    record confirm '' ok 'by --yes'
    return 0
  fi
  printf 'Type the name of the database to promote it: ' >&2
  IFS= read -r typed || typed=''
  [ "$typed" = "$1" ] || stop "The name that was typed is not $1." "Nothing goes on by itself: run this again when you are sure."
  record confirm '' ok "typed $1"
}

promote() { # step, title, instance, promote command, describe command
  heading "$1" "$2"
  pace "$TARGET"
  promote_command=$4
  until_so 1800 is_primary "$5" "$3" || stop "$3 is not a primary after 30 minutes: $db_status, source $db_source." "See its events in RDS. Do not promote another Region meanwhile."
  say "  $3 is available and has no source: it takes writes."
  record "$1" "$5" ok 'available, without a source'
}

# Looks first, because a promotion must not be asked for twice while one is under way.
is_primary() { # describe command, instance
  database "$1" || return 1
  if [ "$db_source" = None ]; then
    promoted=yes
    [ "$db_status" = available ]
    return
  fi
  if [ -n "$promoted" ] && [ "$db_status" != available ]; then return 1; fi
  settled "$1" "$2" || return 1
  # An idle replica: it was not asked, or RDS has not begun within 20 s of an answer that may be lost.
  [ $(($(date +%s) - asked)) -ge 20 ] || return 1
  asked=$(date +%s)
  if attempt "$promote_command"; then
    promoted=yes
  else
    case $out in *InvalidDBInstanceState*) asked=0 ;; *) promoted=yes ;; esac
  fi
  return 1
}

# An order that stands in the new writer is the only proof that users can order again.
place_order() { # must or best, step, title, Region, load balancer, Region of the writer
  heading "$2" "$3"
  patient
  order_body="{\"orderId\":\"$(uuid)\",\"productId\":1,\"quantity\":1,\"customer\":\"meridian-probe\"}"
  order_url=$(shop_url "$4" "$5")/orders
  order_command="curl --header 'Content-Type: application/json' --header 'x-synthetic: break-glass' --data '$order_body' $order_url"
  say "  \$ $order_command"
  if [ "$1" = best ]; then limit=20; else limit=180; fi
  if until_so $limit ordered "$6"; then
    say "  taken, and written in $6, $(since) s after this script began"
    record "$2" "$order_command" ok "answer $order_code, written in $6"
  elif [ "$1" = best ]; then
    say "  not taken: answer $order_code"
    record "$2" "$order_command" failed "answer $order_code"
  else
    record "$2" "$order_command" failed "answer $order_code"
    stop "$4 does not take an order: the last answer was $order_code $(tr '\n' ' ' <"$work/order" | cut -c1-300)." "See the pods of the shop there and that shop-config names the new writer; where its load balancer has another address, set $(shop_variable "$4")."
  fi
}

ordered() { # Region that must have written it
  : >"$work/order"
  order_code=$(curl --silent --connect-timeout 5 --max-time 10 --output "$work/order" --write-out '%{http_code}' --header 'Content-Type: application/json' --header 'x-synthetic: break-glass' --data "$order_body" "$order_url" 2>"$work/error")
  case $order_code in 200 | 201) ;; *) return 1 ;; esac
  # A shop that does not say where it wrote has taken the order all the same.
  order_writer=$(sed -n 's/.*"writer" *: *"\([^"]*\)".*/\1/p' "$work/order")
  case $order_writer in '' | "$1") return 0 ;; esac
  return 1
}

require_unpromoted() {
  step=put-back
  pace "$TARGET"
  database "$DESCRIBE_TARGET" || stop "RDS does not describe the database of $TARGET: $out" "Put nothing back before it is known that it was not promoted."
  [ "$db_source" != None ] || { promoted=yes; stop "The database of $TARGET is a primary." "Do not open the old primary again: two would take orders."; }
}

finish() {
  step=end
  record end '' ok "after $(since) s; fenced: ${fenced:-no}"
  printf '\nOrders are taken in %s, %s s after this script began.\n' "$TARGET" "$(since)"
  [ -n "$fenced" ] || say "NOT FENCED: leave running, from now on: sh $0 fence --record $record"
  say "Left to do: a second copy, settings, and what the sheet lists under Afterwards."
  say "Once Meridian runs again: npm run meridian -- breakglass import $record --person <e-mail> --reason <why>"
}
