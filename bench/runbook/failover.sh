#!/bin/sh
# The strategy document's "Regional Failover" (L399-441), as an operator would run it by hand, corrected only as far as it needs
# to work at all. Its order is kept. What a line of the document had is in the comment above what stands for it.
set -eu

: "${AWS_ENDPOINT_URL:=}"
region=eu-west-1
database=ecommerce-db-eu-west-1

# Seconds between two looks at what RDS does; where it is not set, as the CLI's own waiter has it: 30.
: "${LOOK_EVERY:=}"

aws() { command aws ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} "$@"; }
now() { echo "$(date +%s) $*"; }
ask() { aws rds describe-db-instances --region "$1" --db-instance-identifier "$2" --query "DBInstances[0].$3" --output text; }
wait_available() {
  if [ -z "$LOOK_EVERY" ]; then
    aws rds wait db-instance-available --region "$1" --db-instance-identifier "$2"
  else
    while [ "$(ask "$1" "$2" DBInstanceStatus)" != available ]; do sleep "$LOOK_EVERY"; done
  fi
}

# 1. Detect Failure: "Automated health checks detect failure": whoever starts this has been told.
now detected

# 2. Promote EU-WEST-1
#    aws rds promote-read-replica --db-instance-identifier ecommerce-db-eu-west-1
#    Corrected: the Region (B-07). A promotion that is not over takes no orders, so it is waited for, by the CLI's own means.
aws rds promote-read-replica --region "$region" --db-instance-identifier "$database" >/dev/null
wait_available "$region" "$database"
while [ "$(ask "$region" "$database" ReadReplicaSourceDBInstanceIdentifier)" != None ]; do
  [ -z "$LOOK_EVERY" ] || sleep "$LOOK_EVERY"
  wait_available "$region" "$database"
done
now promoted

#    aws route53 change-resource-record-sets ... file://failover-to-eu.json
#    Corrected: cannot be called, its control plane is in the lost Region (B-06). The records' health checks move users.
#    The document does not say how the application learns of the new writer; without that no order is taken.
for context in eu-west-1 ap-southeast-1; do
  kubectl --context "$context" -n shop patch configmap shop-config --type merge \
    -p "{\"data\":{\"writerEndpoint\":\"$database\",\"writeFreeze\":\"false\"}}" >/dev/null
done
now repointed

# 3. Reconfigure Replication
#    aws rds modify-db-instance ... --source-db-instance-identifier ecommerce-db-eu-west-1
#    Corrected: there is no such parameter (B-03). A new replica, by the source's ARN (B-19).
source=$(ask "$region" "$database" DBInstanceArn)
class=$(ask ap-southeast-1 ecommerce-db-ap-southeast-1 DBInstanceClass)
kms=$(ask ap-southeast-1 ecommerce-db-ap-southeast-1 KmsKeyId)
[ "$kms" = None ] && kms=''
aws rds create-db-instance-read-replica --region ap-southeast-1 --db-instance-identifier ecommerce-db-ap-southeast-1-1 \
  --source-db-instance-identifier "$source" --source-region "$region" --db-instance-class "$class" \
  ${kms:+--kms-key-id "$kms"} >/dev/null
wait_available ap-southeast-1 ecommerce-db-ap-southeast-1-1
now reconfigured

# 4. Verify
#    ./scripts/verify-failover.sh, ./scripts/check-replication-lag.sh: not in the document. What they could look at:
ask ap-southeast-1 ecommerce-db-ap-southeast-1-1 'StatusInfos[0].Status'
now verified
