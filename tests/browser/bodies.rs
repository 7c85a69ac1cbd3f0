//! How the body of a response is read: into memory of the reader's own, where it is a byte stream.

crate::scenario::scenarios! {
    "/tests/browser/bodies.js"
    chunks_are_read_into_the_same_memory_again_and_again
    what_is_kept_for_later_is_not_written_over
    what_of_a_chunk_is_not_parsed_yet_is_not_written_over
    chunks_of_any_size_come_as_they_were_sent
    a_byte_stream_that_closes_without_an_answer_is_at_its_end
    such_an_end_waits_for_what_is_not_delivered_yet
    a_byte_stream_that_fails_has_failed
    a_byte_stream_is_cancelled_while_it_is_read
    a_reader_that_has_memory_of_its_own_is_used_like_that
    a_reader_that_gives_the_same_memory_twice_is_believed
}
