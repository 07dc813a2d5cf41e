"""Settings of the web server; ``gunicorn -c python:config.runtime.gunicorn config.wsgi:application``."""

import os

bind = os.environ.get("PORTICO_BIND") or f"127.0.0.1:{os.environ.get('PORTICO_PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("PORTICO_WEB_PROCESSES", "2"))
threads = int(os.environ.get("PORTICO_WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 20
keepalive = 5
# A backend keeps memory for each hospital it has touched; so does a process. New ones now and then give it back.
max_requests = 20_000
max_requests_jitter = 2_000
# A page answers within three seconds, also when one statement of it does not end. Tasks may take longer (env.py).
raw_env = [f"PORTICO_STATEMENT_SECONDS={os.environ.get('PORTICO_STATEMENT_SECONDS', '2.5')}"]
# Heartbeats are files: on a slow disk they would stall a healthy worker.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
# No access log here: the application writes its own, without query strings and without names.
accesslog = None
errorlog = "-"
loglevel = "warning"
limit_request_line = 8190
# gunicorn lets whoever is at a forwarding address move the path with headers of these names, so a proxy that passes
# headers on would let its clients do it: every address is decided by the request line alone.
forwarder_headers = ""
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
