;; Wants to reach the network
(component (import "wasi:sockets/network@0.2.0" (instance (export "open" (func (result u32))))))
