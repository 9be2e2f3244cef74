"""How much may be asked, and when: the exchange's word to wait, and the weight of a minute.

Knows what is remembered of hosts, and in which order the accounts of an address are asked about.

Imports stream, stream.coverage, resources.history, api, endpoints, errors.
"""
