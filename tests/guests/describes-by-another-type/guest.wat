;; Exports a describe of another type
(component
  (core module $core (func (export "one") (result i32) (i32.const 1)))
  (core instance $made (instantiate $core))
  (func $one (result u32) (canon lift (core func $made "one")))
  (export "describe" (func $one))
  (export "price" (func $one))
  (export "price-batch" (func $one)))
