import type { DatabaseControl } from '#lab/postgres/types.ts';
import { AwsFault } from '#lab/wire/service.ts';

/** One server setting as RDS presents it. */
export interface Parameter {
  name: string;
  description: string;
  dataType: 'boolean' | 'integer' | 'float' | 'string' | 'list';
  /** `0,1` for booleans, `min-max` for numbers, the words for a list. */
  allowedValues: string | undefined;
  dynamic: boolean;
  modifiable: boolean;
  defaultValue: string;
}

interface SettingRow {
  name: string;
  short_desc: string;
  context: string;
  vartype: 'bool' | 'integer' | 'real' | 'string' | 'enum';
  min_val: string | null;
  max_val: string | null;
  enumvals: string[] | null;
  boot_val: string | null;
}

const SETTINGS = `select name, short_desc, context, vartype, min_val, max_val, enumvals, boot_val
  from pg_settings order by name`;

/** RDS keeps these to itself: places of files, replication, recovery, what endangers the data. */
const KEPT_BY_RDS =
  /^(archive_|restore_|recovery_|primary_|promote_|ssl|unix_socket|listen_addresses|port$|data_directory|config_file|hba_file|ident_file|external_pid|fsync$|full_page_writes|zero_damaged|allow_|ignore_|dynamic_library|shared_preload|session_preload|local_preload|jit_provider|log_directory|log_filename|logging_collector|log_destination|syslog|event_source|cluster_name|summarize_wal|wal_level|hot_standby$|sync_replication|backtrace|debug_|trace_|post_auth|pre_auth|krb_|bonjour|oauth)/;

/** Every setting of the running server, so that names, limits and what needs a restart are PostgreSQL's own. */
export async function readCatalog(databases: DatabaseControl, resourceId: string): Promise<Parameter[]> {
  const rows = await databases.query<SettingRow>(resourceId, SETTINGS);
  return rows.filter(({ context }) => context !== 'internal').map(toParameter);
}

function toParameter(row: SettingRow): Parameter {
  const types = {
    bool: 'boolean',
    integer: 'integer',
    real: 'float',
    string: 'string',
    enum: 'list',
  } as const;
  return {
    name: row.name,
    description: row.short_desc,
    dataType: types[row.vartype],
    allowedValues: allowed(row),
    dynamic: row.context !== 'postmaster',
    modifiable: !KEPT_BY_RDS.test(row.name),
    defaultValue: row.vartype === 'bool' ? (row.boot_val === 'on' ? '1' : '0') : (row.boot_val ?? ''),
  };
}

function allowed({ vartype, min_val, max_val, enumvals }: SettingRow): string | undefined {
  if (vartype === 'bool') return '0,1';
  if (vartype === 'enum') return (enumvals ?? []).join(',');
  return min_val !== null && max_val !== null ? `${min_val}-${max_val}` : undefined;
}

/** Refuses a value the server would not take. */
export function checkValue(parameter: Parameter, value: string): void {
  if (!isAllowed(parameter, value)) {
    throw new AwsFault(
      'InvalidParameterValue',
      `Invalid parameter value: ${value.slice(0, 100)} for: ${parameter.name} allowed values are: ${parameter.allowedValues}`,
    );
  }
}

function isAllowed({ dataType, allowedValues = '' }: Parameter, value: string): boolean {
  switch (dataType) {
    case 'boolean':
    case 'list':
      return allowedValues.split(',').includes(value);
    case 'integer':
    case 'float': {
      const [, min, max] = /^(-?[\d.e+]+)-(-?[\d.e+]+)$/.exec(allowedValues) ?? [];
      const number = Number(value);
      const whole = dataType === 'float' || Number.isInteger(number);
      return value.trim() !== '' && whole && number >= Number(min) && number <= Number(max);
    }
    case 'string':
      return !/[\0\n\r]/.test(value);
  }
}
