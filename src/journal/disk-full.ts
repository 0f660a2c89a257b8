/** Whether a file system error says that there is no room: the disk is full, or the quota of the user is. */
export const isDiskFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
