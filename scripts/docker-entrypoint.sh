#!/bin/sh
# Starts the server in its container. Directives given to `docker run` come on top of the image's; a configuration file replaces them.
# "Protected" in a container would mean unreachable; who may reach the port is decided where it is published.
case "${1:-}" in
  '' | -*) set -- --bind 0.0.0.0 --protected-mode no --dir /data "$@" ;;
esac
exec node /app/dist/threads/main.js "$@"
