from tests.compliance.scim.provisioning import crm

__all__ = ["crm"]
