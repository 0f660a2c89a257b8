import { AppError } from './lib/errors.ts';

/** The engine ships for Linux with glibc and for macOS. Throws one clear line elsewhere. */
export function assertSupportedPlatform(): void {
  const { platform, arch } = process;
  if ((platform === 'linux' || platform === 'darwin') && (arch === 'x64' || arch === 'arm64')) {
    const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
    if (platform === 'darwin' || report?.header?.glibcVersionRuntime !== undefined) return;
    throw new AppError(
      'unsupported_platform',
      'meshscope needs Linux with glibc; this one has another C library (Alpine has musl). Use a Debian, Ubuntu or Fedora image',
    );
  }
  throw new AppError(
    'unsupported_platform',
    `meshscope runs on Linux (x64, arm64, glibc) and macOS, not on ${platform}-${arch}. On Windows, use WSL 2`,
  );
}
