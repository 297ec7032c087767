  (func (export "price") (param $visit i32) (result i32) (call $right))
