"""What ``make run`` and the tests need from the machine: servers, processes, secrets, compiled catalogues.

Plain Python: nothing here may import Django or a Portico package, because all of it runs before settings can be read.
"""
