import { configure } from '@testing-library/react';

// A second, which is the library's own patience, is too little for what settles first on a loaded machine.
configure({ asyncUtilTimeout: 8_000 });
