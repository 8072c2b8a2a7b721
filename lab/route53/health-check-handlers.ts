import type * as route53 from '@aws-sdk/client-route-53';
import type { HealthMonitor } from '#lab/health-checks/monitor.ts';
import type { Observation, StoredHealthCheck } from '#lab/health-checks/types.ts';
import { AwsFault, type OperationHandlers } from '#lab/wire/service.ts';
import { invalidInput, noSuchHealthCheck } from './faults.ts';
import { completeConfig } from './health-check-config.ts';
import type { HealthCheckStore } from './health-check-store.ts';
import { pageFrom, pageSize } from './paging.ts';
import { requireReference } from './zone-handlers.ts';

const PAGE_LIMIT = 100;
const MAX_HEALTH_CHECKS = 200;
const CHECKER_RANGES = ['15.177.0.0/18'];

/** The health check operations. Changes to a check reach the checkers at once. */
export function healthCheckHandlers(store: HealthCheckStore, monitor: HealthMonitor) {
  return {
    CreateHealthCheck(input) {
      const callerReference = requireReference(input.CallerReference);
      if (!input.HealthCheckConfig) throw invalidInput('HealthCheckConfig is required.');
      const config = completeConfig(input.HealthCheckConfig, store.find);
      const earlier = store.findByReference(callerReference, config);
      if (earlier === 'taken') {
        throw new AwsFault(
          'HealthCheckAlreadyExists',
          'The caller reference has been used for a health check with other settings, or for one that has been deleted.',
        );
      }
      if (!earlier && store.list().length >= MAX_HEALTH_CHECKS) {
        throw new AwsFault(
          'TooManyHealthChecks',
          `This account has reached its limit of ${MAX_HEALTH_CHECKS} health checks.`,
        );
      }
      const check = earlier ?? store.create(callerReference, config);
      monitor.refresh();
      return {
        HealthCheck: describeHealthCheck(check),
        Location: `https://route53.amazonaws.com/2013-04-01/healthcheck/${check.id}`,
      };
    },

    GetHealthCheck: (input) => ({
      HealthCheck: describeHealthCheck(requireCheck(store, input.HealthCheckId)),
    }),

    GetHealthCheckCount: () => ({ HealthCheckCount: store.list().length }),

    GetCheckerIpRanges: () => ({ CheckerIpRanges: CHECKER_RANGES }),

    ListHealthChecks(input) {
      const size = pageSize(input.MaxItems, PAGE_LIMIT);
      const all = store.list();
      const start = input.Marker === undefined ? 0 : all.findIndex((check) => check.id === input.Marker);
      if (start < 0) throw invalidInput(`The marker ${input.Marker} is not the id of a health check.`);
      const page = pageFrom(all, start, size);
      return {
        HealthChecks: page.items.map(describeHealthCheck),
        Marker: input.Marker ?? '',
        IsTruncated: page.next !== undefined,
        ...(page.next ? { NextMarker: page.next.id } : {}),
        MaxItems: size,
      };
    },

    UpdateHealthCheck(input) {
      const check = requireCheck(store, input.HealthCheckId);
      if (input.HealthCheckVersion !== undefined && input.HealthCheckVersion !== check.version) {
        throw new AwsFault(
          'HealthCheckVersionMismatch',
          `The value of HealthCheckVersion in the request (${input.HealthCheckVersion}) doesn't match the value in the health check (${check.version}).`,
        );
      }
      const updated = store.replaceConfig(check, completeConfig(merged(check, input), store.find));
      monitor.refresh();
      return { HealthCheck: describeHealthCheck(updated) };
    },

    /** AWS deletes a health check that records still name (API_DeleteHealthCheck; HealthCheckInUse "is not in use"). */
    DeleteHealthCheck(input) {
      store.delete(requireCheck(store, input.HealthCheckId).id);
      monitor.refresh();
      return {};
    },

    GetHealthCheckStatus(input) {
      const check = requireEndpointCheck(store, input.HealthCheckId);
      return { HealthCheckObservations: monitor.observations(check.id).map(describeObservation) };
    },

    GetHealthCheckLastFailureReason(input) {
      const check = requireEndpointCheck(store, input.HealthCheckId);
      return { HealthCheckObservations: monitor.lastFailures(check.id).map(describeObservation) };
    },
  } satisfies OperationHandlers<typeof route53>;
}

function requireCheck(store: HealthCheckStore, id: string | undefined): StoredHealthCheck {
  const check = store.find(id ?? '');
  if (!check) throw noSuchHealthCheck(id ?? '');
  return check;
}

function requireEndpointCheck(store: HealthCheckStore, id: string | undefined): StoredHealthCheck {
  const check = requireCheck(store, id);
  if (check.config.Type === 'CALCULATED' || check.config.Type === 'CLOUDWATCH_METRIC') {
    throw invalidInput(
      `The health check ${check.id} is of type ${check.config.Type}; no checkers report on it.`,
    );
  }
  return check;
}

const RESETTABLE = ['ChildHealthChecks', 'FullyQualifiedDomainName', 'Regions', 'ResourcePath'] as const;

/** Members of the request over those of the check; ResetElements fall back to their defaults. */
function merged(
  check: StoredHealthCheck,
  input: route53.UpdateHealthCheckRequest,
): route53.HealthCheckConfig {
  const { HealthCheckId: _id, HealthCheckVersion: _version, ResetElements: resets = [], ...members } = input;
  const given = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  const config: route53.HealthCheckConfig = { ...check.config, ...given };
  for (const element of resets) {
    const member = RESETTABLE.find((candidate) => candidate === element);
    if (!member)
      throw invalidInput(`ResetElements must be some of ${RESETTABLE.join(', ')}, not ${element}.`);
    if (member in given) throw invalidInput(`${member} cannot be both given and reset.`);
    delete config[member];
  }
  return config;
}

function describeHealthCheck(check: StoredHealthCheck): route53.HealthCheck {
  return {
    Id: check.id,
    CallerReference: check.callerReference,
    HealthCheckConfig: check.config,
    HealthCheckVersion: check.version,
  };
}

function describeObservation(observation: Observation): route53.HealthCheckObservation {
  return {
    Region: observation.region as route53.HealthCheckObservation['Region'],
    IPAddress: observation.ipAddress,
    StatusReport: { Status: observation.status, CheckedTime: new Date(observation.checkedAtMs) },
  };
}
