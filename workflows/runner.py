"""The sandbox that workflows run in, spared what our payloads never need."""

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info

from workflows.local_activities import LOCAL_ACTIVITIES

# Else each run imports the workflow's module anew, and keeps a copy of it as long as it is cached.
PASSED_THROUGH = SandboxRestrictions.default.with_passthrough_modules("workflows")
NOWHERE = StorageDriverStoreContext(target=None)


class ContextFreeRunner(SandboxedWorkflowRunner):
    """The SDK asks a workflow up to four times for each payload which context it is converted in,
    and each time enters the sandbox: a tenth of a worker's time. Ours are plain JSON whatever the
    context, with neither codec nor external storage, so nobody is asked."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _ContextFree(super().create_instance(det))


class _ContextFree(WorkflowInstance):
    def __init__(self, inner: WorkflowInstance) -> None:
        self._inner, self._awaited = inner, LOCAL_ACTIVITIES.of_a_run()

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        answer = self._inner.activate(act)
        self._awaited.follow(act, answer)
        return answer

    def get_serialization_context(self, command_info: object) -> SerializationContext | None:
        return None

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:
        return NOWHERE

    def get_info(self) -> Info:
        return self._inner.get_info()

    def get_thread_id(self) -> int | None:
        return self._inner.get_thread_id()
