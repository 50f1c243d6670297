"""One file a step, named by its revision: 0001, 0002 …"""
