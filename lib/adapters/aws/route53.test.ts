import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { expect, it } from 'vitest';
import { toWeightedRecords } from './route53.ts';

const alias = { HostedZoneId: 'Z35', DNSName: 'lb.example.', EvaluateTargetHealth: true };

it('takes weighted aliases of A and AAAA out of a zone, and leaves the rest', () => {
  const sets: ResourceRecordSet[] = [
    {
      Name: 'NA.origin.shop.example.',
      Type: 'A',
      SetIdentifier: 'us-east-1',
      Weight: 200,
      AliasTarget: alias,
      HealthCheckId: 'hc',
    },
    {
      Name: 'na.origin.shop.example.',
      Type: 'AAAA',
      SetIdentifier: 'us-east-1',
      Weight: 0,
      AliasTarget: alias,
    },
    {
      Name: 'na.origin.shop.example.',
      Type: 'TXT',
      SetIdentifier: 'us-east-1',
      Weight: 1,
      TTL: 5,
      ResourceRecords: [],
    },
    {
      Name: 'plain.shop.example.',
      Type: 'A',
      SetIdentifier: 'x',
      Weight: 1,
      TTL: 5,
      ResourceRecords: [{ Value: '192.0.2.1' }],
    },
    {
      Name: 'geo.shop.example.',
      Type: 'A',
      SetIdentifier: 'x',
      GeoLocation: { CountryCode: '*' },
      AliasTarget: alias,
    },
    { Name: 'shop.example.', Type: 'NS', TTL: 5, ResourceRecords: [] },
  ];
  expect(toWeightedRecords(sets)).toEqual([
    {
      name: 'na.origin.shop.example',
      type: 'A',
      setIdentifier: 'us-east-1',
      weight: 200,
      alias: { hostedZoneId: 'Z35', dnsName: 'lb.example.', evaluateTargetHealth: true },
      healthCheckId: 'hc',
    },
    {
      name: 'na.origin.shop.example',
      type: 'AAAA',
      setIdentifier: 'us-east-1',
      weight: 0,
      alias: { hostedZoneId: 'Z35', dnsName: 'lb.example.', evaluateTargetHealth: true },
      healthCheckId: null,
    },
  ]);
});
