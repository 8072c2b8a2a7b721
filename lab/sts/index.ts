import { createHash } from 'node:crypto';
import * as sts from '@aws-sdk/client-sts';
import type { LabContext } from '#lab/kernel/context.ts';
import type { Credentials } from '#lab/wire/credentials.ts';
import { type AwsService, defineService } from '#lab/wire/service.ts';
import { readRoleRequest } from './assume-role.ts';

/** STS of the lab's account. Every role of the account trusts the lab's user and any of its sessions. */
export function createSts(ctx: LabContext, credentials: Credentials): AwsService {
  const { account } = ctx.estate;
  return defineService({
    module: sts,
    clientName: 'STSClient',
    handlers: {
      GetCallerIdentity: (_input, call) => ({
        Account: account,
        Arn: call.identityArn,
        UserId: call.userId,
      }),
      AssumeRole(input, call) {
        const role = readRoleRequest(input, account, call.identityArn.includes(':assumed-role/'));
        const assumedRoleId = `${roleId(role.roleArn)}:${role.sessionName}`;
        const identityArn = `arn:aws:sts::${account}:assumed-role/${role.roleName}/${role.sessionName}`;
        const session = credentials.issueSession({
          identityArn,
          userId: assumedRoleId,
          durationSeconds: role.durationSeconds,
        });
        return {
          Credentials: {
            AccessKeyId: session.accessKeyId,
            SecretAccessKey: session.secretAccessKey,
            SessionToken: session.sessionToken,
            Expiration: session.expiresAt,
          },
          AssumedRoleUser: { Arn: identityArn, AssumedRoleId: assumedRoleId },
          PackedPolicySize: 0,
          SourceIdentity: role.sourceIdentity,
        };
      },
    },
  });
}

/** A role's unique id: the same for the same ARN. */
function roleId(roleArn: string): string {
  return `AROA${createHash('sha256').update(roleArn).digest('hex').slice(0, 17).toUpperCase()}`;
}
