'use client';

import dynamic from 'next/dynamic';
import { useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { reasonOf } from '#components/ui/model.ts';
import type { DeploymentsActions, RegisterModel } from './model.ts';

const RegisterSheet = dynamic(() => import('./register-sheet.tsx'), { ssr: false });

interface RegisterButtonProps {
  register: RegisterModel;
  action: DeploymentsActions['register'];
}

/** Opens the sheet, which is loaded when it is first asked for. */
export function RegisterButton({ register, action }: RegisterButtonProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button reason={reasonOf(register.permission)} onClick={() => setOpen(true)}>
        Register a release
      </Button>
      {open ? <RegisterSheet register={register} action={action} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
