"""The AWS CLI, its models loaded once: each command runs in a fork of this process, which has them already.

`python -m tests.code.aws_server SOCKET`; `aws` in the folder of `shell.program` sends its arguments there. A command
takes 0.1 seconds instead of 0.6, and the walk has hundreds of them.
"""

import json
import os
import signal
import socket
import sys
from functools import cache

import awscli.botocore.loaders
import awscli.clidriver

PROGRAM = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    text = json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()])
    socket.send_fds(server, [len(text.encode()).to_bytes(8, "big")], [0, 1, 2])
    server.sendall(text.encode())
    sys.exit(int(server.recv(8) or b"70"))
"""


def serve(address: str) -> None:
    _remember()
    awscli.clidriver.create_clidriver().session.get_service_model("ec2")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(16)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            connection, _address = listener.accept()
            if os.fork() == 0:
                listener.close()
                os._exit(_carry_out(connection))
            connection.close()


def _remember() -> None:
    """Files of models are read once, not once for each command."""
    load = awscli.botocore.loaders.JSONFileLoader.load_file
    once = cache(lambda path: load(awscli.botocore.loaders.JSONFileLoader(), path))
    awscli.botocore.loaders.JSONFileLoader.load_file = lambda _self, path: once(path)


def _carry_out(connection: socket.socket) -> int:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    head, fds, _flags, _from = socket.recv_fds(connection, 8, 3)
    length, text = int.from_bytes(head, "big"), b""
    while len(text) < length:
        text += connection.recv(length - len(text))
    arguments, environment, folder = json.loads(text)
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
    own = os.environ["AWS_DATA_PATH"]  # which awscli sets as it is imported
    os.environ.clear()
    os.environ.update(environment, AWS_DATA_PATH=own)
    os.chdir(folder)
    sys.argv = ["aws", *arguments]
    try:
        code = awscli.clidriver.main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException as error:
        sys.stderr.write(repr(error))
        code = 255
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(str(code or 0).encode())
    return 0


if __name__ == "__main__":
    serve(sys.argv[1])
