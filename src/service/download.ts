/** Bytes of a body, at most `most` of them: a longer one throws, so that no server can fill this process. */
export const readAtMost = async (response: Response, most: number): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > most) throw new Error(`the answer is longer than ${String(most)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};
