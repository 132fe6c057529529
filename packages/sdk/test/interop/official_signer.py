"""Signs each request of standard input (one JSON object a line) as the official client does; prints the Authorization.
Usage: official_signer.py ACCESS_KEY SECRET_KEY"""
import json
import sys

from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

signer = Signer(GlobalCredentials(sys.argv[1], sys.argv[2]))
for line in sys.stdin:
    asked = json.loads(line)
    request = SdkRequest(
        method=asked["method"],
        host=asked["host"],
        resource_path=asked["path"],
        query_params=[(name, value) for name, value in asked["query"]],
        header_params=asked["headers"],
        body=asked["body"],
    )
    print(signer.sign(request).header_params["Authorization"])
