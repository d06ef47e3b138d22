# The Ruby runtime: loads a function's handler and carries out events that it fetches from Lambda's Runtime API.
# Its texts and types of errors are those of Lambda. Source: Lambda Developer Guide, "Building Lambda functions with Ruby".
require 'json'
require 'logger'
require 'net/http'
require 'stringio'

# Begun before it was known for which function: a byte says that its room is ready, then comes its environment.
if ENV.key?('CLOUDYARD_WAITS')
  exit 1 if $stdin.read(1).nil?
  given = IO.open(4) { |told| JSON.parse(told.read) }
  ENV.replace(given.merge('PWD' => given['LAMBDA_TASK_ROOT']))
  Gem.clear_paths
  Dir.chdir(given['LAMBDA_TASK_ROOT'])
end

# AWS's own addresses, and this cloud's by name, lead to it, in the clear, as it is on this machine: to Net::HTTP, which the SDK uses, too.
module Cloudyard
  AWS_NAME = /(^|\.)(amazonaws\.com(\.cn)?|on\.aws|cloudfront\.net)\z|\.localhost\z/
  CLOUD = URI(ENV['AWS_ENDPOINT_URL'].to_s)

  # Where a connection goes is another matter than whom it asks for: only the former changes, while it connects.
  module ToCloud
    private

    def connect
      return super unless use_ssl? && port == 443 && (address == CLOUD.host || address =~ AWS_NAME)

      meant = [@use_ssl, @port, @ipaddr]
      @use_ssl, @port, @ipaddr = false, CLOUD.port, CLOUD.host
      begin
        super
      ensure
        @use_ssl, @port, @ipaddr = meant
      end
    end
  end

  Net::HTTP.prepend(ToCloud) if CLOUD.scheme == 'http'
end

module Cloudyard
  BASE = '/2018-06-01/runtime'

  # The Runtime API, over one connection that is kept.
  class Api
    def initialize(address)
      host, port = address.split(':')
      @http = Net::HTTP.new(host, port.to_i, nil)
      @http.read_timeout = nil
      @http.keep_alive_timeout = 3600
      @http.max_retries = 0
      @http.start
    end

    def next
      @http.get("#{BASE}/invocation/next")
    end

    def post(path, body, headers = {})
      @http.post("#{BASE}#{path}", body, { 'Content-Type' => 'application/json' }.merge(headers))
    end

    def fail(path, kind, error)
      type = "#{kind}<#{error.class}>"
      own = (error.backtrace || []).take_while { |line| !line.start_with?(__FILE__) }
      message = error.respond_to?(:original_message) ? error.original_message : error.message
      failure = { errorMessage: message, errorType: type, stackTrace: own.first(STACK_MAX) }
      puts JSON.pretty_generate(failure)
      told = TOLD.include?(error.class.to_s) ? type : 'Function<UserException>'
      post(path, JSON.generate(failure), 'Lambda-Runtime-Function-Error-Type' => told)
    end
  end

  # Of a stack, so many lines are told; of errors, those of Ruby's own are told by their names where calls are reported.
  STACK_MAX = 100
  TOLD = %w[ArgumentError NoMethodError Exception StandardError NameError LoadError SystemExit SystemStackError].freeze

  # The log: a frame for each message, so that one of several lines stays one event.
  class Log < Logger::LogDevice
    def initialize(descriptor)
      @pipe = IO.new(descriptor, 'wb')
      @pipe.sync = true
      @turn = Mutex.new
    end

    def write(message)
      body = message.b
      instant = (Time.now.to_f * 1_000_000).to_i
      @turn.synchronize { @pipe.write([0xa55a0003, body.bytesize, instant].pack('L>L>Q>') + body) }
    end

    def reopen(_log = nil) = self
    def close = nil
  end

  # Where a logger writes that writes to the output, and how: with the request.
  class Form < Logger::Formatter
    def call(severity, time, name, message)
      beginning = "#{severity[0]}, [#{format_datetime(time)} ##{Process.pid}] #{severity.rjust(5)} #{Cloudyard.request}"
      "#{beginning} -- #{name}: #{msg2str(message)}"
    end
  end

  module ToLog
    def initialize(device = nil, *rest, formatter: nil, **named)
      return super unless device.nil? || device == $stdout || device == $stderr

      super(Cloudyard.log, *rest, formatter: formatter || Form.new, **named)
    end
  end

  class << self
    attr_accessor :request, :log

    def begin_log
      descriptor = ENV.delete('_LAMBDA_TELEMETRY_LOG_FD') or return
      self.log = Log.new(descriptor.to_i)
      Logger.prepend(ToLog)
      Kernel.module_eval do
        def puts(*given)
          text = given.flatten.map { |one| one.to_s.encode('UTF-8') }.join("\n")
          Cloudyard.log.write(text.end_with?("\n") ? text : "#{text}\n")
        end
      end
    end
  end

  # What a handler is told beside its event.
  class ::LambdaContext
    attr_reader :aws_request_id, :invoked_function_arn, :deadline_ms, :identity, :client_context, :clock_diff, :tenant_id

    def initialize(response)
      @aws_request_id = response['Lambda-Runtime-Aws-Request-Id']
      @invoked_function_arn = response['Lambda-Runtime-Invoked-Function-Arn']
      @tenant_id = response['Lambda-Runtime-Aws-Tenant-Id']
      @deadline_ms = response['Lambda-Runtime-Deadline-Ms'].to_i
      @identity = parsed(response['Lambda-Runtime-Cognito-Identity'])
      @client_context = parsed(response['Lambda-Runtime-Client-Context'])
      @clock_diff = (Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond) -
        Process.clock_gettime(Process::CLOCK_MONOTONIC, :millisecond))
    end

    def function_name = ENV['AWS_LAMBDA_FUNCTION_NAME']
    def function_version = ENV['AWS_LAMBDA_FUNCTION_VERSION']
    def memory_limit_in_mb = ENV['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']
    def log_group_name = ENV['AWS_LAMBDA_LOG_GROUP_NAME']
    def log_stream_name = ENV['AWS_LAMBDA_LOG_STREAM_NAME']

    def get_remaining_time_in_millis
      [deadline_ms - Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond), 0].max
    end

    private

    def parsed(text)
      JSON.parse(text) if text
    end
  end

  # `file.method`, or `file.Module::Class.method`.
  def self.handler(name)
    parts = name.to_s.split('.')
    unless [2, 3].include?(parts.length)
      raise ArgumentError, "Invalid handler #{name}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where " \
        'FILENAME corresponds with an existing Ruby source file FILENAME.rb, CLASS is an optional module/class ' \
        'namespace and METHOD is a callable method. If using CLASS, METHOD must be a class-level method.'
    end
    require File.join(ENV['LAMBDA_TASK_ROOT'], parts.first)
    parts
  end

  # Whom handlers without a class are asked of: what the file defines at its top.
  class ::LambdaHandler
    def call(parts, **given)
      return __send__(parts.last, **given) if parts.length == 2

      Kernel.const_get(parts[1]).send(parts.last, **given)
    end
  end

  def self.answer(value)
    return [value.read, 'application/unknown'] if value.is_a?(StringIO) || value.is_a?(IO)

    [JSON.generate(value), 'application/json']
  end

  def self.carry_out(api, handler)
    response = api.next
    context = LambdaContext.new(response)
    self.request = context.aws_request_id
    path = "/invocation/#{request}"
    ENV['_X_AMZN_TRACE_ID'] = response['Lambda-Runtime-Trace-Id'].to_s
    event = JSON.parse(response.body, quirks_mode: true)
    body, type = answer(LambdaHandler.new.call(handler, event: event, context: context))
    api.post("#{path}/response", body, 'Content-Type' => type)
  rescue Exception => error
    # After what is no ordinary error, the process is not used again.
    is_ordinary = error.is_a?(StandardError) && !error.is_a?(NameError)
    puts is_ordinary ? 'Error raised from handler method' : 'Critical exception from handler'
    api.fail("#{path}/error", 'Function', error)
    exit!(255) unless is_ordinary
  end

  def self.run
    $stdout.sync = true
    begin_log
    api = Api.new(ENV['AWS_LAMBDA_RUNTIME_API'])
    begin
      found = handler(ENV['_HANDLER'])
    rescue Exception => error
      puts 'Init error when loading handler '
      api.fail('/init/error', 'Init', error)
      exit!(252)
    end
    loop { carry_out(api, found) }
  end
end

Cloudyard.run
