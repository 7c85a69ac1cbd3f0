//! What is delivered beyond the standard, where it is asked for.

crate::scenario::scenarios! {
    "/tests/browser/asked_for.js"
    an_event_that_has_a_type_and_no_data_is_delivered_where_that_is_asked_for
    an_event_without_data_is_delivered_by_every_kind_of_parse
    an_event_without_data_may_be_the_end_of_a_loop
}
