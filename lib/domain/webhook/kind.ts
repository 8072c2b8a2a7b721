/** What a receiver understands: our own signed form, Slack's incoming webhook, PagerDuty's Events API v2. */
export const WEBHOOK_KINDS = ['signed', 'slack', 'pagerduty'] as const;
export type WebhookKind = (typeof WEBHOOK_KINDS)[number];
