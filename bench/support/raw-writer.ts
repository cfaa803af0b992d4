import type { Socket } from 'node:net';

/** What libuv's stream wrapper offers inside Node; absent in other runtimes, where `Socket.write` serves. */
interface StreamWrapBinding {
  WriteWrap: new () => { oncomplete: () => void };
  kLastWriteWasAsync: number;
  streamBaseState: Int32Array;
}
interface RawHandle {
  writeBuffer(request: object, bytes: Uint8Array): number;
}

function findBinding(): StreamWrapBinding | undefined {
  try {
    const host = process as unknown as { binding?: (name: string) => StreamWrapBinding };
    const found = host.binding?.('stream_wrap');
    return found?.WriteWrap && found.streamBaseState ? found : undefined;
  } catch {
    return undefined;
  }
}
const binding = findBinding();

/**
 * Returns a function that writes bytes to a connected socket. Going to the handle skips the stream machinery, which costs
 * more than the system call. The bytes must stay as they are until the peer has answered.
 */
export function rawWriter(socket: Socket): (bytes: Uint8Array) => void {
  const handle = (socket as unknown as { _handle?: RawHandle })._handle;
  if (binding === undefined || handle === undefined) {
    return (bytes) => {
      socket.write(Uint8Array.from(bytes));
    };
  }
  const { WriteWrap, kLastWriteWasAsync, streamBaseState } = binding;
  const createRequest = () => {
    const created = new WriteWrap();
    created.oncomplete = () => {};
    return created;
  };
  let request = createRequest();
  return (bytes) => {
    const error = handle.writeBuffer(request, bytes);
    if (error !== 0) socket.destroy(new Error(`write failed with errno ${error}`));
    // A request object that libuv still holds belongs to that write; the next one needs its own.
    else if (streamBaseState[kLastWriteWasAsync]) request = createRequest();
  };
}
