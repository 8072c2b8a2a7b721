/** Every page of the console that needs no particular object. */
export const PAGES = [
  { name: 'Overview', path: '/' },
  { name: 'Region', path: '/regions/eu-west-1' },
  { name: 'Traffic', path: '/traffic' },
  { name: 'Composer', path: '/traffic?compose=geography' },
  { name: 'Replication', path: '/replication' },
  { name: 'Operations', path: '/operations' },
  { name: 'Approvals', path: '/approvals' },
  { name: 'Cost', path: '/cost' },
  { name: 'Audit', path: '/audit' },
  { name: 'People', path: '/settings/people' },
  { name: 'Tokens', path: '/settings/people?tab=tokens' },
  { name: 'Freezes', path: '/settings/people?tab=freezes' },
] as const;
