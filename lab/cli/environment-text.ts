import type { LabDescription } from '#lab/description.ts';

/** Lines for a shell: `eval "$(npm run -s lab -- env)"`. Nothing of the caller's own AWS configuration stays in force. */
export function environmentText(lab: LabDescription): string {
  const [first] = Object.values(lab.regions);
  const variables = {
    AWS_ENDPOINT_URL: lab.gatewayUrl,
    AWS_ACCESS_KEY_ID: lab.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: lab.credentials.secretAccessKey,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    KUBECONFIG: lab.kubeconfig,
    // Two, because zsh hands on a variable as one word: dig @$LAB_DNS_HOST -p $LAB_DNS_PORT.
    LAB_DNS_HOST: lab.dns.host,
    LAB_DNS_PORT: String(lab.dns.port),
    LAB_DATABASE: first?.postgresUrl ?? '',
    LAB_CA: lab.caFile,
    ...shopUrls(lab),
  };
  return [
    'unset AWS_PROFILE AWS_SESSION_TOKEN',
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
  ].join('\n');
}

/** Where a Region's load balancer answers, as break-glass scripts look for it: its name leads there in the lab's DNS alone. */
function shopUrls({ regions }: LabDescription): Record<string, string> {
  const variable = (code: string) => `SHOP_URL_${code.toUpperCase().replaceAll('-', '_')}`;
  return Object.fromEntries(Object.entries(regions).map(([code, { shopUrl }]) => [variable(code), shopUrl]));
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
