"""Find the endpoint of a path, bind its handler's parameters, build addresses back.

Nothing is imported here: declaring a route (route.py) must not load the router.
"""
