  ;; An empty list: no visit is answered.
  (func (export "price-batch") (param $visits i32) (param $count i32) (result i32) (i32.const 2040))
