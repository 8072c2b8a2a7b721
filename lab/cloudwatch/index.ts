import type { StateValue } from '@aws-sdk/client-cloudwatch';
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { type AwsService, defineService } from '#lab/wire/service.ts';
import { createAlarms } from './alarms.ts';
import { getMetricData } from './get-metric-data.ts';
import { getMetricStatistics } from './get-metric-statistics.ts';
import { listMetrics } from './list-metrics.ts';
import { putMetricData } from './put-metric-data.ts';

/** aws-facts part 5; AWS publishes rates without bursts here, so one second's worth may come at once. */
const perSecond = (rate: number) => ({ burst: rate, perSecond: rate });

/** CloudWatch of every Region over the lab's metric store. Metrics and alarms of a Region are seen in that Region alone. */
export function createCloudWatch(ctx: LabContext): {
  service: AwsService;
  part: LabPart;
  /** For health checks that follow an alarm. An alarm that does not exist has no data. */
  alarmState: (region: string, name: string) => StateValue;
} {
  const alarms = createAlarms(ctx);
  const service = defineService({
    module: cloudwatch,
    clientName: 'CloudWatchClient',
    throttle: {
      operations: {
        GetMetricData: perSecond(50),
        GetMetricStatistics: perSecond(400),
        DescribeAlarms: perSecond(9),
      },
    },
    handlers: {
      GetMetricData: (input, { region }) =>
        getMetricData(ctx.metrics, input, { region, nowMs: ctx.clock.now() }),
      GetMetricStatistics: (input, { region }) => getMetricStatistics(ctx.metrics, input, region),
      ListMetrics: (input, { region }) => listMetrics(ctx.metrics, input, region),
      PutMetricData(input, { region }) {
        putMetricData(ctx.metrics, input, { region, nowMs: ctx.clock.now() });
        return {};
      },
      PutMetricAlarm(input, { region }) {
        alarms.put(region, input);
        return {};
      },
      DescribeAlarms: (input, { region }) => alarms.describe(region, input),
      DeleteAlarms(input, { region }) {
        alarms.delete(region, input.AlarmNames);
        return {};
      },
      SetAlarmState(input, { region }) {
        alarms.setState(region, input);
        return {};
      },
    },
  });
  return {
    service,
    alarmState: (region, name) => alarms.stateOf(region, name) ?? 'INSUFFICIENT_DATA',
    part: {
      async close() {
        alarms.close();
      },
      async reset() {
        alarms.reset();
      },
    },
  };
}
