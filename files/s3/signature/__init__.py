"""The arithmetic of Signature V4: no catalog, no clock, no network.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
"""
