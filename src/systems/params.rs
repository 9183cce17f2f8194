//! Access to the resources of an exclusive system.

use bevy_ecs::system::SystemParamValidationError;

/// What a system asked the world for.
pub(super) fn present<T>(params: Result<T, SystemParamValidationError>) -> T {
    params.expect("resources are there during a tick")
}
