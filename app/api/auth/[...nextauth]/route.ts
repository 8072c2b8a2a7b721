import NextAuth from 'next-auth';
import { authOptions } from '#lib/web/auth.ts';

type AuthRouteContext = { params: Promise<{ nextauth: string[] }> };

async function handler(request: Request, context: AuthRouteContext): Promise<Response> {
  return NextAuth(authOptions())(request, context);
}

export { handler as GET, handler as POST };
