import { LoadingPage } from '#components/shell/page-states.tsx';

export default LoadingPage;
