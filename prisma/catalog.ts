import pg from 'pg';

/** The sections of a snapshot: each row of a query is a line of it. */
const SECTIONS: readonly { title: string; query: string }[] = [
  {
    title: 'Columns',
    query: `select format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
        case when a.attnotnull then ' not null' else '' end,
        coalesce(case a.attgenerated when 's' then ' generated ' else ' default ' end || pg_get_expr(d.adbin, d.adrelid), '')
        || case a.attidentity when 'a' then ' identity always' when 'd' then ' identity by default' else '' end) as line
      from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
        and not c.relispartition order by c.relname, a.attnum`,
  },
  {
    title: 'Constraints',
    query: `select format('%s %s: %s', c.relname, k.conname, pg_get_constraintdef(k.oid)) as line
      from pg_constraint k join pg_class c on c.oid = k.conrelid
      where c.relnamespace = 'public'::regnamespace and not c.relispartition and k.contype <> 'n' order by c.relname, k.conname`,
  },
  {
    title: 'Indexes',
    query: `select i.indexdef as line from pg_indexes i join pg_class c on c.relname = i.tablename and c.relnamespace = 'public'::regnamespace
      where i.schemaname = 'public' and not c.relispartition order by i.tablename, i.indexname`,
  },
  {
    title: 'Triggers',
    query: `select pg_get_triggerdef(t.oid) || case t.tgenabled when 'O' then '' else ' (NOT ENABLED)' end as line
      from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where c.relnamespace = 'public'::regnamespace and not t.tgisinternal and not c.relispartition order by c.relname, t.tgname`,
  },
  {
    title: 'Functions',
    query: `select format('%s(%s) returns %s, %s%s%s, md5 %s', p.proname, pg_get_function_identity_arguments(p.oid),
        pg_get_function_result(p.oid), l.lanname, case when p.prosecdef then ', security definer' else '' end,
        coalesce(', ' || array_to_string(p.proconfig, ', '), ''), md5(coalesce(p.prosrc, '') || coalesce(pg_get_function_sqlbody(p.oid), ''))) as line
      from pg_proc p join pg_language l on l.oid = p.prolang where p.pronamespace = 'public'::regnamespace order by p.proname`,
  },
  {
    title: 'Partitioned tables',
    query: `select format('%s partition by %s', c.relname, pg_get_partkeydef(c.oid)) as line
      from pg_partitioned_table t join pg_class c on c.oid = t.partrelid order by c.relname`,
  },
  {
    title: 'Grants of the application’s role and of everybody',
    query: `select format('%s %s: %s', case g.grantee when 0 then 'public' when c.relowner then 'owner' else 'application' end, c.relname,
        string_agg(lower(g.privilege_type), ', ' order by g.privilege_type)) as line
      from pg_class c cross join lateral aclexplode(c.relacl) g
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'S') and not c.relispartition and g.grantee <> c.relowner
      group by g.grantee, c.relowner, c.relname order by 1`,
  },
  {
    title: 'Grants on functions',
    query: `select format('%s %s: %s', case g.grantee when 0 then 'public' else 'application' end, p.proname,
        lower(g.privilege_type)) as line
      from pg_proc p cross join lateral aclexplode(p.proacl) g
      where p.pronamespace = 'public'::regnamespace and g.grantee <> p.proowner order by 1`,
  },
];

/** Everything of the schema that Prisma's datamodel cannot say, as text: constraints, partial indexes, triggers, functions, grants. */
export async function takeSnapshot(ownerUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('set search_path = public');
    const parts: string[] = [];
    for (const { title, query } of SECTIONS) {
      const { rows } = await client.query<{ line: string }>(query);
      parts.push(`## ${title}`, ...rows.map(({ line }) => line), '');
    }
    return parts.join('\n');
  } finally {
    await client.end();
  }
}
