"""Creates, lists and deletes with the official client. Usage: interop.py ENDPOINT ACCESS_KEY SECRET_KEY DOMAIN_ID"""
import sys

from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkosm.v2 import (
    CreateRelationsReq,
    CreateRelationsRequest,
    DeleteRelationRequest,
    DeleteRelationsReq,
    ListRelationRequest,
    OsmClient,
)

endpoint, access_key, secret_key, domain_id = sys.argv[1:5]
client = (
    OsmClient.new_builder()
    .with_credentials(GlobalCredentials(access_key, secret_key, domain_id))
    .with_endpoint(endpoint)
    .build()
)
ticket = "P 1~é"
create = CreateRelationsReq(related_id_list=["a", "b"], group_id="g")
print(client.create_relations(CreateRelationsRequest(case_id=ticket, body=create)).status_code)
listed = client.list_relation(ListRelationRequest(case_id=ticket))
print([relation.case_id for relation in listed.case_relation_list or []])
delete = DeleteRelationsReq(related_id="a", group_id="g")
print(client.delete_relation(DeleteRelationRequest(case_id=ticket, body=delete)).status_code)
