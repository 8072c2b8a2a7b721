import { connection } from 'next/server';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.CONTROL_DATABASE_URL, max: 10 });

export default async function Page() {
  await connection();
  const { rows } = await pool.query({ name: 'one', text: 'select id, title, state from operation limit 1' });
  return <p>{rows[0]?.title}</p>;
}
