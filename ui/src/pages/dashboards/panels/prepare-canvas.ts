/** A cleared canvas in CSS pixels, sharp on any screen; undefined while it has no room. */
export function prepareCanvas(
  canvas: HTMLCanvasElement,
  height: number,
): Readonly<{ context: CanvasRenderingContext2D; width: number }> | undefined {
  const width = canvas.clientWidth;
  const context = canvas.getContext('2d');
  if (context === null || width < 80 || height < 30) return undefined;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width };
}
